"""What other packages write wrongly, and what is written in its place.

Each patch says which package it mends, and the newest version that needs it.
A build of the whole book warns of a patch that has found nothing to mend.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

from docutils import nodes
from jupyter_cache.executors.utils import (  # type: ignore[import-untyped]
    single_nb_execution,
)
from myst_nb.core.execute import direct  # type: ignore[import-untyped]
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.typing import ExtensionMetadata

logger = logging.getLogger(__name__)


class Patch(NamedTuple):
    """A fault, and in a text: its pattern, and what takes its place."""

    package: str
    needed: str  # by this version, the newest that was seen
    fault: str
    pattern: str = ""
    mended: str = ""


# What its writers say wrongly to a screen reader in the text of a page.
BODY = [
    Patch(
        "myst-nb",
        "1.4.0",
        "a summary has a name beside its own text",
        ' aria-label="Toggle hidden content"',
    ),
    Patch(
        "docutils",
        "0.21.2",
        "the entries of a list of sources are lists",
        ' role="(?:list|doc-biblioentry)"',
    ),
    Patch(
        "sphinx-proof",
        "0.4.0",
        "a title shares the id of its box",
        '(<p class="admonition-title") id="[^"]*"',
        r"\1",
    ),
    Patch(
        "docutils",
        "0.21.2",
        "a heading without words heads nothing",
        "<th[^>]*>(?:<p></p>)?</th>",
        "<td></td>",
    ),
    Patch(
        "sphinx",
        "7.4.7",
        "the parameters of a signature are explanations without a term",
        r"<dl>(?=\s*<dd>)",
        '<dl role="presentation">',
    ),
]
MENU = [
    Patch(
        "sphinx",
        "7.4.7",
        "the captions of the menu are headings of the page",
        '<p class="caption" role="heading">',
        "<p>",
    ),
]
IDS = Patch("sphinx-proof", "0.4.0", "a box and what is in it share an id")
STREAMS = Patch(
    "myst-nb", "1.4.0", "what a cell prints is cut where timing has it"
)
ALL = [*BODY, *MENU, IDS, STREAMS]

_mended: Counter[Patch] = Counter()


def mend(text: str, patches: Iterable[Patch]) -> str:
    """The text with what these patches have for it."""
    for patch in patches:
        text, times = re.subn(patch.pattern, patch.mended, text)
        _mended[patch] += times
    return text


def in_one_piece(*args: Any, **options: Any) -> Any:
    """Run a notebook, and let all that a cell prints be one output.

    The setting of myst-nb for this, nb_merge_streams, leaves an empty line at
    some cuts, and in the notebook the pieces after the whole.
    """
    _mended[STREAMS] += "coalesce_streams" not in options
    return single_nb_execution(*args, **{**options, "coalesce_streams": True})


def give_ids_once(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Let the first of several have the id that they share."""
    seen: set[str] = set()
    for node in doctree.findall(nodes.Element):
        if isinstance(node, nodes.title):  # sphinx-proof looks for its id
            continue
        once = [each for each in node["ids"] if each not in seen]
        _mended[IDS] += once != node["ids"]
        node["ids"] = once
        seen.update(once)


def tell_of_needless(app: Sphinx, exception: Exception | None) -> None:
    """Warn of the patches that have mended nothing in the whole book."""
    if exception or app.builder.format != "html":
        return
    for patch in ALL:
        if not _mended[patch]:
            logger.warning(
                "site/ext/patches.py: not found in %s, and last in %s: %s",
                patch.package,
                patch.needed,
                patch.fault,
                type="patches",
            )


def watch(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Watch the patches in a build that reads all pages."""
    if set(docnames) == env.found_docs:
        app.connect("build-finished", tell_of_needless, priority=900)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Connect what mends documents; `page` mends what is written of them."""
    _mended.clear()
    direct.single_nb_execution = in_one_piece
    app.connect("env-before-read-docs", watch)
    app.connect("doctree-resolved", give_ids_once, priority=900)
    return {"version": "1"}
