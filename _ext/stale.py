"""Pages are out of date when what they import or read has changed.

Sphinx looks at the pages alone, so a build on top of an older one would keep
their old outputs.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.typing import ExtensionMetadata

STATUS = "chapters/status"  # which counts what is in the other pages

SOURCES = (
    "requirements.lock",
    "_ext/*.*",
    "adamlib/*.*",
    "studies/*.*",
    "tests/mistakes.*",
    "tests/golden/*.*",
)


def digest(root: Path) -> str:
    """A digest of all files that a page may depend on."""
    found = hashlib.sha256()
    for pattern in SOURCES:
        for path in sorted(root.glob(pattern)):
            found.update(path.read_bytes())
    return found.hexdigest()


def count_again(
    app: Sphinx,
    env: BuildEnvironment,
    added: set[str],
    changed: set[str],
    removed: set[str],
) -> list[str]:
    """Read the page of counts again with any other page."""
    return [STATUS] if added | changed | removed else []


def setup(app: Sphinx) -> ExtensionMetadata:
    """Make the digest a setting: a new one reads every page again."""
    value = digest(Path(app.srcdir))
    app.add_config_value("source_digest", value, "env", types=(str,))
    app.connect("env-get-outdated", count_again)
    return {"version": "1", "parallel_read_safe": True}
