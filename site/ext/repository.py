"""Links from a page to its source, when the repository has an address.

The build takes it from the environment: ``REPOSITORY_URL``, such as
https://github.com/owner/name, and ``REPOSITORY_BRANCH``, otherwise main.
Without the first there are no links. A template finds them in
``page_links``, pairs of a text and an address.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from docutils import nodes
from notebooks import has_code
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError
from sphinx.util.typing import ExtensionMetadata

BINDER = "https://mybinder.org/v2/gh"


def repository(url: str, branch: str) -> tuple[str, str]:
    """Both checked, the address without a slash at its end.

    Raises ConfigError that names the variable at fault.
    """
    parts = urlsplit(url)
    plain = parts._replace(query="", fragment="").geturl()
    if url and not (
        parts.scheme == "https" and parts.hostname and url == plain
    ):
        raise ConfigError(
            f"REPOSITORY_URL is {url!r}, and not like "
            "https://github.com/owner/name"
        )
    # Git allows more; what is left out would have another meaning in a URL.
    if not re.fullmatch(r"\w[\w./-]*", branch, re.ASCII):
        raise ConfigError(
            f"REPOSITORY_BRANCH is {branch!r}, and not the name of a branch"
        )
    return url.rstrip("/"), branch


def links(
    url: str, branch: str, source: str, title: str, runs: bool
) -> Iterator[tuple[str, str]]:
    """What one can do with the page that is made from the file `source`."""
    file = quote(source)
    yield "Source", f"{url}/blob/{branch}/{file}"
    yield "Edit", f"{url}/edit/{branch}/{file}"
    issue = urlencode({"title": f"{title}: "}, quote_via=quote)
    yield "Report a mistake", f"{url}/issues/new?{issue}"
    if runs and urlsplit(url).hostname == "github.com":
        where = urlencode({"urlpath": f"lab/tree/{source}"})
        name = urlsplit(url).path.strip("/")
        yield "Run on Binder", f"{BINDER}/{name}/{quote(branch, '')}?{where}"


def take_address(app: Sphinx, config: Config) -> None:
    """Read the environment."""
    config.repository_url, config.repository_branch = repository(
        os.environ.get("REPOSITORY_URL", ""),
        os.environ.get("REPOSITORY_BRANCH", "") or "main",
    )


def add_links(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Give the page its links."""
    context["page_links"] = []
    if doctree is None or not app.config.repository_url:
        return
    path = Path(app.env.doc2path(pagename)).relative_to(app.srcdir)
    context["page_links"] += links(
        app.config.repository_url,
        app.config.repository_branch,
        path.as_posix(),
        app.env.titles[pagename].astext(),
        runs=has_code(doctree),
    )


def setup(app: Sphinx) -> ExtensionMetadata:
    """Make both settings, so that new ones write every page again."""
    for name in ("repository_url", "repository_branch"):
        app.add_config_value(name, "", "html", types=(str,))
    app.connect("config-inited", take_address)
    app.connect("html-page-context", add_links)
    return {
        "version": "1",
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
