"""Pages are out of date when what they import or read has changed.

Sphinx looks at the pages alone, so a build on top of an older one would keep
their old outputs.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

SOURCES = ("requirements.lock", "adamlib", "site/ext", "studies")
LEFT_OUT = ("__pycache__", ".")  # how folders begin that hold caches


def digest(root: Path) -> str:
    """A digest of all files that a page may depend on, and their names."""
    found = hashlib.sha256()
    for source in SOURCES:
        for path in sorted([root / source, *(root / source).rglob("*")]):
            name = path.relative_to(root)
            cached = any(part.startswith(LEFT_OUT) for part in name.parts)
            if path.is_file() and not cached:
                found.update(f"{name.as_posix()}\n".encode())
                found.update(path.read_bytes())
    return found.hexdigest()


def setup(app: Sphinx) -> ExtensionMetadata:
    """Make the digest a setting: a new one reads every page again."""
    value = digest(Path(app.srcdir))
    app.add_config_value("source_digest", value, "env", types=(str,))
    return {"version": "1", "parallel_read_safe": True}
