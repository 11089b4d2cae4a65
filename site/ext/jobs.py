"""Pages run side by side, one on each core, while Sphinx reads them in turn.

Reading in several processes would do it, which sphinx-proof forbids.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from multiprocessing.pool import AsyncResult, ThreadPool
from pathlib import Path
from typing import Any

from myst_nb.core.execute import direct  # type: ignore[import-untyped]
from myst_nb.core.read import create_nb_reader  # type: ignore[import-untyped]
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.typing import ExtensionMetadata


def sources(notebook: Any) -> tuple[str, ...]:
    """What tells a notebook from another: all but ids, which are random."""
    return tuple(cell.source for cell in notebook.cells)


class Jobs:
    """The notebooks that run, by their cells."""

    def __init__(self, run: Callable[..., Any]) -> None:
        self.run = run
        self.started: dict[tuple[str, ...], AsyncResult[Any]] = {}

    def start(
        self, app: Sphinx, env: BuildEnvironment, docnames: list[str]
    ) -> None:
        """Begin to run each page, in the order in which Sphinx asks."""
        config = env.mystnb_config  # type: ignore[attr-defined]
        if config.execution_mode != "force":
            return
        # Its threads only wait for kernels, and do not outlive the build.
        pool = ThreadPool(os.cpu_count())
        options = {
            "allow_errors": config.execution_allow_errors,
            "timeout": config.execution_timeout,
            "meta_override": True,
        }
        for docname in sorted(docnames):
            path = Path(env.doc2path(docname))
            text = path.read_text("utf-8")
            reader = create_nb_reader(
                str(path),
                env.myst_config,  # type: ignore[attr-defined]
                config,
                text,
            )
            if reader:
                notebook = reader.read(text)
                self.started[sources(notebook)] = pool.apply_async(
                    self.run,
                    (notebook,),
                    {"cwd": str(path.parent), **options},
                )
        pool.close()

    def finish(self, notebook: Any, **options: Any) -> Any:
        """What came of a notebook, and its outputs in it."""
        job = self.started.pop(sources(notebook), None)
        if not job:
            return self.run(notebook, **options)
        result = job.get()
        notebook.update(result.nb)
        return result


def setup(app: Sphinx) -> ExtensionMetadata:
    """Put it between Sphinx and what runs a page."""
    jobs = Jobs(direct.single_nb_execution)
    direct.single_nb_execution = jobs.finish
    app.connect("env-before-read-docs", jobs.start)
    return {"version": "1"}
