"""Notebooks are tests here: each page runs again, and every output is compared."""

import pytest
from references import SANITIZE


def pytest_configure(config: pytest.Config) -> None:
    config.option.nbval = True
    config.option.nbval_current_env = True
    config.option.nbval_sanitize_with = str(SANITIZE)
    config.option.nbval_cell_timeout = 60  # a dead kernel is waited for a minute, not half an hour
    config.option.nbval_kernel_startup_timeout = 300  # on a busy machine a minute is too short
