"""The site's fonts: our own origin, and only the characters that it shows.

KaTeX's fonts and those of the text come from npm, are cut down to the
characters of the built pages, and are asked for together with a page that
needs them, so that no line moves when they arrive.
"""

from __future__ import annotations

import html
import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from fontTools.subset import (  # type: ignore[import-untyped]
    Options,
    Subsetter,
    load_font,
    save_font,
)
from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

MODULES = Path(__file__).parents[1] / "node_modules"
KATEX = MODULES / "katex/dist/fonts"
SERIF = MODULES / "@fontsource/source-serif-4/files"
SANS = MODULES / "@fontsource/source-sans-3/files"

TEXT = {
    "serif": SERIF / "source-serif-4-latin-400-normal.woff2",
    "serif-italic": SERIF / "source-serif-4-latin-400-italic.woff2",
    "serif-bold": SERIF / "source-serif-4-latin-600-normal.woff2",
    "serif-bold-italic": SERIF / "source-serif-4-latin-600-italic.woff2",
    "sans": SANS / "source-sans-3-latin-400-normal.woff2",
    "sans-italic": SANS / "source-sans-3-latin-400-italic.woff2",
    "sans-bold": SANS / "source-sans-3-latin-600-normal.woff2",
    "sans-greek": SANS / "source-sans-3-greek-400-normal.woff2",
    "sans-greek-italic": SANS / "source-sans-3-greek-400-italic.woff2",
}
LICENSES = {
    "source-serif-4": SERIF.parent / "LICENSE",
    "source-sans-3": SANS.parent / "LICENSE",
    "katex": MODULES / "katex/LICENSE",
}

# What in a page's HTML tells that it will want a font at once, beside the
# first four. The rarer ones may come when they come.
ON_EVERY_PAGE = ["serif", "serif-bold", "sans", "sans-bold"]
SIGNS = {
    "serif-italic": "<em>",
    "serif-bold-italic": "<h[123]>.*<em>",
    "sans-italic": 'font-style="italic"|caption-text">.*<em>',
    "KaTeX_Main-Regular": 'class="katex"',
    "KaTeX_Main-Bold": "mathbf",
    "KaTeX_Math-Italic": "mathnormal",
    "KaTeX_AMS-Regular": "mathbb|amsrm",
    "KaTeX_Caligraphic-Regular": "mathcal",
    "KaTeX_Size1-Regular": "small-op|delimsizing size1|delim-size1",
    "KaTeX_Size2-Regular": "large-op|delimsizing size2",
    "KaTeX_Size3-Regular": "delimsizing size3",
    "KaTeX_Size4-Regular": "delimsizing size4|delim-size4",
}

# What scripts and stylesheets may add to the characters of the pages.
ALWAYS = {chr(code) for code in range(0x20, 0x7F)} | set("…–—‘’“”©·")


def characters(pages: Iterable[Path]) -> set[str]:
    """All characters of the pages, those of attributes and entities too."""
    found = set(ALWAYS)
    for page in pages:
        found.update(html.unescape(page.read_text(encoding="utf-8")))
    return found


def files() -> Iterator[tuple[str, Path]]:
    """The name of each font on the site, and where npm has put it."""
    yield from TEXT.items()
    for path in sorted(KATEX.glob("*.woff2")):
        yield path.stem, path


def cut(source: Path, target: Path, wanted: set[str]) -> None:
    """Write the font with the wanted characters alone."""
    options = Options(
        flavor="woff2",
        layout_features=["*"],
        recalc_timestamp=False,  # the same bytes each time
    )
    font = load_font(source, options)
    subsetter = Subsetter(options)
    subsetter.populate(text="".join(sorted(wanted)))
    subsetter.subset(font)
    save_font(font, target, options)
    font.close()


def write(app: Sphinx, exception: Exception | None) -> None:
    """Put the fonts into the site."""
    if exception or app.builder.format != "html":
        return
    out = Path(app.builder.outdir)
    folder = out / "_static/fonts"
    folder.mkdir(parents=True, exist_ok=True)
    wanted = characters(out.rglob("*.html"))
    for name, source in files():
        cut(source, folder / f"{name}.woff2", wanted)
    for name, source in LICENSES.items():
        shutil.copyfile(source, folder / f"{name}.LICENSE.txt")


def preload(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Name the fonts that the page asks for at once."""
    body = context.get("body", "")
    seen = [name for name, sign in SIGNS.items() if re.search(sign, body)]
    context["preload"] = [f"{name}.woff2" for name in ON_EVERY_PAGE + seen]


def setup(app: Sphinx) -> ExtensionMetadata:
    """Name them when a page is written; cut them when all pages are."""
    app.connect("html-page-context", preload)
    app.connect("build-finished", write)
    return {"version": "1", "parallel_write_safe": True}
