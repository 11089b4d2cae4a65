"""The site's fonts: our own origin, and only the characters that it shows.

KaTeX's fonts and those of the text come from npm, are cut down to the
characters of the built pages, and are asked for together with a page that
needs them first, so that no line in sight moves when they arrive. What is
cut down is a modified version to their licence, and so it has a name of its
own.
"""

from __future__ import annotations

import html
import re
import shutil
from collections.abc import Iterable
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

# What in a page's HTML tells that it will want a font, beside the first four:
# at once, if it is in the first section, and else when that is laid out. A
# font of KaTeX that no page wants is not on the site.
ON_EVERY_PAGE = ["serif", "serif-bold", "sans", "sans-bold"]
SIGNS = {
    "serif-italic": "<em>",
    "serif-bold-italic": "<h[123]>.*<em>",
    "sans-italic": 'font-style="italic"|caption-text">.*<em>',
    "KaTeX_AMS-Regular": "mathbb|amsrm|textbb",
    "KaTeX_Caligraphic-Bold": "mathcal.*mathbf|mathbf.*mathcal",
    "KaTeX_Caligraphic-Regular": "mathcal",
    "KaTeX_Fraktur-Bold": "boldfrak",
    "KaTeX_Fraktur-Regular": "mathfrak|textfrak",
    "KaTeX_Main-Bold": "mathbf|textbf",
    "KaTeX_Main-BoldItalic": "textbf.*textit|textit.*textbf",
    "KaTeX_Main-Italic": "mathit|textit",
    "KaTeX_Main-Regular": 'class="katex"',
    "KaTeX_Math-BoldItalic": "boldsymbol",
    "KaTeX_Math-Italic": "mathnormal",
    "KaTeX_SansSerif-Bold": "boldsf",
    "KaTeX_SansSerif-Italic": "itsf|sfit",
    "KaTeX_SansSerif-Regular": "mathsf|textsf",
    "KaTeX_Script-Regular": "mathscr|textscr",
    "KaTeX_Size1-Regular": "small-op|delimsizing size1|delim-size1",
    "KaTeX_Size2-Regular": "large-op|delimsizing size2",
    "KaTeX_Size3-Regular": "delimsizing size3",
    "KaTeX_Size4-Regular": "delimsizing size4|delim-size4",
    "KaTeX_Typewriter-Regular": "mathtt|texttt",
}

# What scripts and stylesheets may add to the characters of the pages.
ALWAYS = {chr(code) for code in range(0x20, 0x7F)} | set("…–—‘’“”©·")


def wanted(body: str) -> list[str]:
    """The fonts that a page's HTML shows signs of."""
    return [name for name, sign in SIGNS.items() if re.search(sign, body)]


def characters(pages: Iterable[str]) -> set[str]:
    """All characters of the pages, those of attributes and entities too."""
    return ALWAYS.union(*map(html.unescape, pages))


def cut(source: Path, target: Path, characters: set[str]) -> None:
    """Write the font with these characters alone, under its file's name.

    Its own name may be reserved, and then no modified version may have it;
    its notes of copyright and licence stay.
    """
    options = Options(
        flavor="woff2",
        layout_features=["*"],
        name_IDs=[0, 5, 13, 14],  # copyright, version, licence, its address
        recalc_timestamp=False,  # the same bytes each time
    )
    font = load_font(source, options)
    subsetter = Subsetter(options)
    subsetter.populate(text="".join(sorted(characters)))
    subsetter.subset(font)
    family = "Adam Derived " + target.stem.rpartition("_")[2]
    for entry in (1, 3, 4, 6):  # family, identifier, full, PostScript
        name = family.replace(" ", "") if entry == 6 else family
        font["name"].setName(name, entry, 3, 1, 0x409)
    font["name"].setName("Regular", 2, 3, 1, 0x409)
    save_font(font, target, options)
    font.close()


def write(app: Sphinx, exception: Exception | None) -> None:
    """Put the fonts into the site."""
    if exception or app.builder.format != "html":
        return
    out = Path(app.builder.outdir)
    folder = out / "_static/fonts"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    pages = [path.read_text(encoding="utf-8") for path in out.rglob("*.html")]
    shown = characters(pages)
    used = {name for page in pages for name in wanted(page)}
    katex = {path.stem: path for path in KATEX.glob("*.woff2")}
    for name, source in TEXT.items() | katex.items():
        if name in TEXT or name in used:
            cut(source, folder / f"{name}.woff2", shown)
    for name, source in LICENSES.items():
        shutil.copyfile(source, folder / f"{name}.LICENSE.txt")


def preload(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Name the fonts that the page asks for at once, for its beginning."""
    first = "<h2".join(context.get("body", "").split("<h2", 2)[:2])
    names = ON_EVERY_PAGE + wanted(first)
    context["preload"] = [f"{name}.woff2" for name in names]


def setup(app: Sphinx) -> ExtensionMetadata:
    """Name them when a page is written; cut them when all pages are."""
    app.connect("html-page-context", preload)
    app.connect("build-finished", write)
    return {"version": "1", "parallel_write_safe": True}
