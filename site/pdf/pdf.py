"""The book as one PDF: the built pages, in order, printed by Chromium.

``python site/pdf/pdf.py _build/html`` writes ``adam-derived.pdf`` there. The
solutions are moved to its end. It prints twice: the first print tells on which
pages things fall, the second has these numbers in its contents and beside its
exercises. Outline and dates are set afterwards, so that the same site gives
the same bytes.
"""

from __future__ import annotations

import copy
import io
import json
import os
import re
import sys
import time
from collections.abc import Iterator
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

import yaml  # type: ignore[import-untyped]
from bs4 import BeautifulSoup, Tag
from chromium import find, launch
from pikepdf import Dictionary, Name, ObjectStreamMode, OutlineItem, Pdf
from playwright.sync_api import Page, Route, sync_playwright

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
ORIGIN = "http://book.invalid/"  # never looked up: serve() reads the files

# What paper cannot do, and the code of the figures, which the site folds. Of a
# formula's two forms the visible one stays, and its TeX is what is read aloud.
LEFT_OUT = (
    ".headerlink, .katex-mathml, details.above-input, .actions, "
    ".toctree-wrapper, .card img, .source"
)

# A font that comes late must not be given up, as the site does.
LOAD_FONTS = """() => Promise.all([...document.fonts].map((font) => {
    font.display = "block";
    return font.load();
}))"""
FILL_IN = """(numbers) => document.querySelectorAll("[data-page]").forEach(
    (place) => { place.textContent = numbers[place.dataset.page]; }
)"""


class Heading(NamedTuple):
    """A line of the contents and of the outline."""

    level: int  # 0: a part, 1: a page of the site, 2: a section of it
    anchor: str
    title: str


def place(anchor: str, words: str = "") -> str:
    """Words that lead there, and the number of its page."""
    number = f'<span data-page="{anchor}">000</span>'  # as wide as any
    return f'<a href="#{anchor}">{words}&nbsp;{number}</a>'


def anchor(page: str, identifier: str = "") -> str:
    """Name a page in the PDF, or what has this id on it."""
    short = page.rpartition("/")[2]
    return f"{short}--{identifier}" if identifier else short


def link(href: str, page: str, pages: list[str]) -> str:
    """Where a page's link leads from the PDF: "" if only the site has it."""
    target = urljoin(f"{ORIGIN}{page}.html", href)
    if not target.startswith(ORIGIN):
        return href
    parts = urlsplit(target)
    name = parts.path.removeprefix("/").removesuffix(".html")
    return f"#{anchor(name, parts.fragment)}" if name in pages else ""


def local_urls(text: str, page: str) -> str:
    """Point url(#id), which drawings use, to the page's own ids."""
    return text.replace("url(#", f"url(#{anchor(page)}--")


def parse(html: Path, page: str) -> BeautifulSoup:
    """Read a built page."""
    path = html / f"{page}.html"
    if not path.is_file():
        sys.exit(f"{path} is missing. Build the site first: make book")
    return BeautifulSoup(path.read_text("utf-8"), "html.parser")


def stylesheets(soup: BeautifulSoup, page: str) -> Iterator[str]:
    """The stylesheets of a page; its own one is kept to its own text."""
    for tag in soup.select("head > link[rel=stylesheet]"):
        address = urljoin(f"{ORIGIN}{page}.html", str(tag["href"]))
        yield f'<link rel="stylesheet" href="{address}">'
    for tag in soup.select("head > style"):
        rules = local_urls(tag.get_text(), page)
        yield f"<style>.of-{anchor(page)} {{ {rules} }}</style>"


def article(soup: BeautifulSoup, page: str, pages: list[str]) -> Tag:
    """A page's text, made to stand in one document with the others."""
    [text] = soup.select("article.bd-article")
    for formula in text.select(".katex"):
        [tex] = formula.select("annotation")
        [seen] = formula.select(".katex-html")
        del seen["aria-hidden"]
        formula.attrs |= {"role": "img", "aria-label": tex.get_text()}
    for tag in text.select(LEFT_OUT):
        tag.decompose()
    for tag in text.select("details"):
        tag["open"] = ""
    for tag in text.find_all(True):
        for key, value in list(tag.attrs.items()):
            if key in ("id", "aria-labelledby"):
                tag[key] = anchor(page, str(value))
            elif key in ("href", "xlink:href"):
                tag[key] = link(str(value), page, pages)
                if not tag[key]:
                    del tag[key]
            elif isinstance(value, str):
                tag[key] = local_urls(value, page)
    text.attrs |= {"id": anchor(page), "class": f"of-{anchor(page)}"}
    return text


def headings(text: Tag) -> Iterator[Heading]:
    """The title of a page and those of its sections."""
    for tag in text.select("h1, h2"):
        title = " ".join(tag.get_text().split())
        section = text if tag.name == "h1" else tag.find_parent("section")
        assert section is not None
        yield Heading(int(tag.name[1]), str(section["id"]), title)


def line(heading: Heading) -> str:
    """A title, a leader and the number of a page."""
    level, target, title = heading
    return (
        f'<p class="line level-{level}"><a href="#{target}">{escape(title)}'
        f'</a><i></i><span data-page="{target}">000</span></p>'
    )


def contents(lines: list[Heading]) -> str:
    """A line for each page of the site, its sections running on below it."""
    text = ""
    for sections, group in groupby(lines, lambda heading: heading.level == 2):
        if sections:
            each = (place(h.anchor, escape(h.title)) for h in group)
            text += f'<p class="sections">{" · ".join(each)}</p>\n'
        else:
            text += "\n".join(map(line, group))
    return text


def opening(part: Heading, chapters: list[tuple[Heading, Tag]]) -> str:
    """The title of a part, and what its chapters ask, as on their cards."""
    entries = "\n".join(
        f"<li>{card.img or ''}<div>{line(chapter)}{card('p')[-1]}</div></li>"
        for chapter, card in chapters
    )
    return (
        f'<div class="opening" id="{part.anchor}">'
        f"<h1>{escape(part.title)}</h1>"
        f'<ul style="--rows: {len(chapters)}">{entries}</ul></div>'
    )


def take_solutions(text: Tag) -> str:
    """Take them out of a page, where each exercise then leads to its own."""
    number = re.compile(r"Exercise (\d+\.\d+)")
    exercises: dict[str, Tag] = {}
    for box in text.select(".exercise"):
        if found := number.match(box.get_text().strip()):
            exercises[found[1]] = box
    taken = ""
    for solution in text.select("details.solution"):
        title = solution.select_one("summary")
        assert title is not None
        said = title.extract().get_text().removeprefix("Solution to ")
        found = number.match(said)
        assert found, f"a solution of no exercise: {said}"
        exercise = str(exercises[found[1]]["id"])
        link = place(f"{exercise}--solution", "Solution on page")
        solution.insert_before(
            BeautifulSoup(f'<p class="aside">{link}</p>', "html.parser")
        )
        solution.extract()
        solution.name = "div"
        del solution["open"]
        taken += (
            f'<h3 id="{exercise}--solution">{escape(said)} '
            f'<span class="aside">{place(exercise, "page")}</span></h3>\n'
            f"{solution}"
        )
    return taken


def issued() -> time.struct_time:
    """The book's date: SOURCE_DATE_EPOCH, or now."""
    return time.gmtime(float(os.environ.get("SOURCE_DATE_EPOCH", time.time())))


def title_page(about: dict[str, Any], introduction: Tag) -> str:
    """What the book is, a picture of it, and which one this is."""
    [drawing] = introduction.select("svg.figure")
    picture = copy.copy(drawing)
    for tag in picture.select("[id]"):  # it shares them with the drawing
        del tag["id"]
    site = os.environ.get("SITE_URL", "")
    address = f' <a href="{site}">{site}</a>,' if site else ""
    date = time.strftime("%d %B %Y", issued()).lstrip("0")
    return f"""<section class="leaf" id="title">
<h1>{about["title"]}</h1>
<p>{about["abstract"]}</p>
<div class="{introduction["class"]}">{picture}</div>
<p>Version {about["version"]}, {date}</p>
<p>Printed from the book's site,{address} which also has the code of the
figures. Text CC BY 4.0, code MIT.</p>
</section>"""


def document(html: Path, about: dict[str, Any]) -> tuple[str, list[Heading]]:
    """The whole book as one page, and the lines of its contents."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
    parts = {"": [toc["root"]]} | {
        part["caption"]: [chapter["file"] for chapter in part["chapters"]]
        for part in toc["parts"]
    }
    pages = [page for names in parts.values() for page in names]
    soups = {page: parse(html, page) for page in pages}
    styles = dict.fromkeys(  # each once
        sheet for page in pages for sheet in stylesheets(soups[page], page)
    )
    cards = {
        str(card.a["href"]).removesuffix(".html"): copy.copy(card)
        for card in soups[toc["root"]].select(".card")
        if card.a
    }
    texts = {page: article(soups[page], page, pages) for page in pages}
    for card in cards.values():
        if card.img:
            del card.img["loading"]  # paper is not scrolled

    introduction = texts[toc["root"]]
    [title] = introduction.select("h1")
    title.string = "Introduction"  # the title has a page of its own

    body: list[str] = []
    lines: list[Heading] = []
    solved: list[Heading] = []
    solutions = ""
    for number, (caption, names) in enumerate(parts.items()):
        if caption:
            part = Heading(0, f"part-{number}", caption)
            chapters = [
                (next(headings(texts[page])), cards[page]) for page in names
            ]
            lines.append(part)
            first = opening(part, chapters)
        for page in names:
            chapter = list(headings(texts[page]))
            lines.extend(chapter)
            if taken := take_solutions(texts[page]):
                name = "Chapter " + chapter[0].title.replace(" ", ": ", 1)
                solved.append(Heading(2, f"{anchor(page)}--solutions", name))
                solutions += (
                    f'<section class="of-{anchor(page)}">'
                    f'<h2 id="{solved[-1].anchor}">{escape(name)}</h2>\n'
                    f"{taken}</section>"
                )
            if caption and page == names[0]:
                if any(card.img for _, card in chapters):
                    body.append(f'<section class="leaf">{first}</section>')
                else:  # too little for a leaf
                    texts[page].insert(0, BeautifulSoup(first, "html.parser"))
            body.append(str(texts[page]))
    lines += [Heading(0, "solutions", "Solutions"), *solved]
    body.append(
        f'<article id="solutions"><h1>Solutions</h1>\n{solutions}</article>'
    )
    feet = "\n".join(
        f"#{name} {{ page: {name} }} @page {name} "
        f"{{ @bottom-left {{ content: {json.dumps(title)} }} }}"
        for level, name, title in lines
        if level == 1 or name == "solutions"
    )
    return (
        f"""<!doctype html>
<html lang="en" data-theme="light">
<meta charset="utf-8">
<title>{about["title"]}</title>
{"".join(styles)}
<style>{(HERE / "pdf.css").read_text("utf-8")}{feet}</style>
<body>
{title_page(about, introduction)}
<section class="leaf" id="book-contents"><h1>Contents</h1>
{contents(lines)}
</section>
{"".join(body)}
</body>
</html>""",
        lines,
    )


def serve(html: Path, text: str, route: Route) -> None:
    """Answer the browser: the document, or a file of the built site."""
    path = urlsplit(route.request.url).path.removeprefix("/")
    if path:
        route.fulfill(path=html / path)
    else:
        route.fulfill(body=text, content_type="text/html; charset=utf-8")


def printed(page: Page) -> Pdf:
    """Print once."""
    data = page.pdf(
        prefer_css_page_size=True, print_background=True, tagged=True
    )
    return Pdf.open(io.BytesIO(data))


def places(book: Pdf, anchors: list[str]) -> dict[str, int]:
    """The page on which each of them is, counted from 1."""
    numbers = {page.objgen: n for n, page in enumerate(book.pages, start=1)}
    targets: Any = book.Root.Dests
    return {
        anchor: numbers[targets[f"/{anchor}"][0].objgen] for anchor in anchors
    }


def printed_twice(html: Path, text: str) -> Pdf:
    """Print, and print again with the numbers of the first print."""
    anchors = re.findall('data-page="([^"]*)"', text)
    with sync_playwright() as playwright, launch(playwright) as browser:
        page = browser.new_page(color_scheme="light")
        page.route("**/*", lambda route: serve(html, text, route))
        page.goto(ORIGIN)
        page.evaluate(LOAD_FONTS)
        numbers = places(printed(page), anchors)
        page.evaluate(FILL_IN, numbers)
        book = printed(page)
    if places(book, anchors) != numbers:
        sys.exit("The numbers of pages have moved the pages that they name.")
    return book


def finish(book: Pdf, lines: list[Heading], about: dict[str, Any]) -> None:
    """Add what Chromium leaves out: outline, author, fixed dates."""
    with book.open_outline() as outline:
        targets: Any = book.Root.Dests
        last: dict[int, OutlineItem] = {}  # the latest entry of each level
        for level, target, title in lines:
            entry = OutlineItem(title, targets[f"/{target}"])
            entry.is_closed = level > 0
            last = {n: each for n, each in last.items() if n < level}
            above = last[max(last)].children if last else outline.root
            above.append(entry)
            last[level] = entry
    date = time.strftime("D:%Y%m%d%H%M%SZ", issued())
    book.trailer.Info = book.make_indirect(
        Dictionary(
            Title=about["title"],
            Subject=about["abstract"],
            Author=", ".join(each["name"] for each in about["authors"]),
            Keywords=", ".join(about["keywords"]),
            CreationDate=date,
            ModDate=date,
        )
    )
    book.Root.PageMode = Name.UseOutlines


def main(html: Path) -> None:
    """Write the PDF beside the pages."""
    try:
        find()
    except FileNotFoundError as error:
        sys.exit(str(error))
    about = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    text, lines = document(html, about)
    book = printed_twice(html, text)
    path = html / "adam-derived.pdf"
    finish(book, lines, about)
    book.save(
        path,
        object_stream_mode=ObjectStreamMode.generate,
        deterministic_id=True,
    )
    print(f"{path}: {len(book.pages)} pages, {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python site/pdf/pdf.py _build/html")
    main(Path(sys.argv[1]))
