"""Pages that import adamlib are out of date when adamlib has changed.

Sphinx looks at the pages alone, so a build on top of an older one would keep
their old outputs.
"""

import hashlib
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata


def setup(app: Sphinx) -> ExtensionMetadata:
    """Make a digest of the library a setting: a new one reads every page."""
    sources = sorted(Path(app.srcdir, "adamlib").glob("*.py"))
    digest = hashlib.sha256(
        b"".join(source.read_bytes() for source in sources)
    ).hexdigest()
    app.add_config_value("adamlib_digest", digest, "env", types=(str,))
    return {"version": "1", "parallel_read_safe": True}
