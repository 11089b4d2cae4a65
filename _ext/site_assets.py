"""What a page loads: nothing from another origin.

Jupyter Book always loads sphinx-thebe, which puts a script of its own, inline
scripts and the address of a foreign server on every page, whether or not a
page uses it. It is silenced here. Any other asset from elsewhere is a warning,
so that a strict build fails.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util import logging
from sphinx.util.typing import ExtensionMetadata

logger = logging.getLogger(__name__)


def silence_thebe(app: Sphinx, config: Config) -> None:
    """Disconnect sphinx-thebe before it has done anything."""
    for listeners in app.events.listeners.values():
        for listener in list(listeners):
            if listener.handler.__module__.partition(".")[0] == "sphinx_thebe":
                app.disconnect(listener.id)
    app.registry.css_files = [
        (name, attributes)
        for name, attributes in app.registry.css_files
        if name != "sphinx-thebe.css"
    ]


def check_origin(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Report scripts and stylesheets that a browser would fetch elsewhere."""
    for asset in [*context["script_files"], *context["css_files"]]:
        address = str(getattr(asset, "filename", asset) or "")
        if urlsplit(address).netloc:
            logger.warning(
                "page %s loads %s from another origin",
                pagename,
                address,
                type="site_assets",
            )


def setup(app: Sphinx) -> ExtensionMetadata:
    """Connect both; the check comes last, after all other extensions."""
    app.connect("config-inited", silence_thebe, priority=900)
    app.connect("html-page-context", check_origin, priority=900)
    return {
        "version": "1",
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
