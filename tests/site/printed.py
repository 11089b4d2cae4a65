"""The printed book, as `make pdf` leaves it: whole, in order, and inside its paper.

Run by name, as `make site-test` does.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import built
import pikepdf
import pytest
import yaml  # type: ignore[import-untyped]
from pypdf import PdfReader
from pypdf.generic import Destination
from references import ROOT

PDF = built.BUILT / built.PDF


@pytest.fixture(scope="module")
def pdf():
    if not PDF.exists():
        raise FileNotFoundError(f"no {PDF}: run `make pdf` first")
    return PdfReader(PDF)


def entries(outline, level=0):
    """The outline as (level, entry), from top to bottom."""
    for entry in outline:
        if isinstance(entry, Destination):
            yield level, entry
        else:
            yield from entries(entry, level + 1)


def page_of(pdf, entry):
    return pdf.get_destination_page_number(entry) + 1


def test_the_outline_is_the_table_of_contents_in_order(pdf):
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
    parts = [part["caption"] for part in toc["parts"]]
    outline = list(entries(pdf.outline))
    top = [entry.title for level, entry in outline if level == 0]
    assert top == ["Introduction", *parts, "Solutions"]
    files = [chapter["file"] for part in toc["parts"] for chapter in part["chapters"]]
    starts = [page_of(pdf, pdf.named_destinations["/" + file.rpartition("/")[2]]) for file in files]
    without = {"The note, sentence by sentence", "Notation", "The library", "Bibliography"}
    titles = [
        entry
        for level, entry in outline
        if (level == 1 and entry.title[0].isdigit()) or entry.title in without
    ]
    assert [page_of(pdf, entry) for entry in titles] == starts == sorted(starts)
    assert not any(set(entry.title) & set("\\$^{}") for _, entry in outline)


def test_the_contents_name_the_pages_of_the_outline(pdf):
    outline = list(entries(pdf.outline))
    first = min(page_of(pdf, entry) for _, entry in outline)
    assert first <= 4, "the contents take more than two pages"
    printed = " ".join(pdf.pages[number].extract_text() for number in range(1, first - 1))
    printed = "".join(printed.split())
    position = 0
    for _, entry in outline:
        line = "".join(entry.title.split()) + str(page_of(pdf, entry))
        position = printed.find(line, position) + 1
        assert position, f"{entry.title!r} on page {page_of(pdf, entry)}"


def links(pdf, number):
    """Where the links of a page lead, in this book or out of it."""
    for annotation in pdf.pages[number - 1].get("/Annots", []):
        annotation = annotation.get_object()
        action = annotation.get("/A", {})
        yield action.get("/URI") or annotation.get("/Dest") or action["/D"]


def test_the_solutions_are_at_the_end_and_each_exercise_leads_to_its_own_and_back(pdf):
    where = {name: page_of(pdf, to) for name, to in pdf.named_destinations.items()}
    bare = re.compile(r"\W+")
    words = {number: bare.sub("", page.extract_text()) for number, page in enumerate(pdf.pages, 1)}
    pairs = []
    for name, page in built.built().pages.items():
        for exercise in page.soup.select(".exercise"):
            title = bare.sub("", exercise.select_one(".admonition-title").get_text())
            place = f"/{Path(name).stem}--{exercise['id']}"
            here, there = where[place], where[f"{place}--solution"]
            pairs.append((here, there))
            # The exercise may end on the page after that on which it begins.
            assert any(f"{place}--solution" in links(pdf, n) for n in (here, here + 1)), title
            assert place in links(pdf, there)
            assert f"{title}page{here}" in words[there]
            assert any(f"Solutiononpage{there}" in words[n] for n in (here, here + 1)), title
    assert len(pairs) > 50
    in_order = [there for _, there in sorted(pairs)]
    assert max(pairs)[0] < where["/solutions"] == in_order[0]
    assert in_order == sorted(in_order)


def test_a_part_opens_with_what_its_chapters_ask(pdf, sheets):
    """Down to the foot of a page, or above its first chapter."""
    cards = built.built().pages["index.html"].soup.select("h3, .card")
    parts = [entry for level, entry in entries(pdf.outline) if level == 0]
    number = 0
    for card in cards:
        if card.name == "h3":
            number = page_of(pdf, next(e for e in parts if e.title == card.get_text()))
            words = squeezed(pdf.pages[number - 1].extract_text())
            lowest = min(y for text, _, y in sheets[number - 1].starts if text.strip())
            assert lowest < float(sheets[number - 1].page.mediabox[3]) / 4
        else:
            assert squeezed(card.find_all("p")[-1].get_text()) in words


def test_every_link_inside_the_book_leads_somewhere(pdf):
    inside = outside = 0
    for page in pdf.pages:
        for annotation in page.get("/Annots", []):
            annotation = annotation.get_object()
            action = annotation.get("/A", {})
            if "/URI" in action:
                assert action["/URI"].startswith("https://")
                outside += 1
            else:
                target = annotation.get("/Dest") or action["/D"]
                assert target in pdf.named_destinations, target
                inside += 1
    assert inside > 300
    assert outside > 20


# The tags


def letters(font: Any) -> dict[str, str]:
    """What each code of a font, in hexadecimal, stands for."""
    text = font.ToUnicode.read_bytes().decode()
    found = {}
    for block in re.findall(r"beginbf(?:char|range)(.*?)endbf", text, re.DOTALL):
        for line in re.findall("<.*>", block):
            *codes, target = (bytes.fromhex(code) for code in re.findall("<(.*?)>", line))
            first, last = (int.from_bytes(codes[n]) for n in (0, -1))
            letter = target.decode("utf-16-be")
            for code in range(first, last + 1):
                found[f"{code:04x}"] = letter[:-1] + chr(ord(letter[-1]) + code - first)
    return found


@dataclass
class Sheet:
    """What a page shows: the text of each piece that a tag can hold, and where texts begin."""

    page: Any
    texts: dict[int, str] = field(default_factory=lambda: defaultdict(str))
    starts: list[tuple[str, float, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        fonts = {name: letters(font) for name, font in self.page.Resources.get("/Font", {}).items()}
        number, font = -1, {}
        place, kept, line = pikepdf.Matrix(), [], pikepdf.Matrix()
        for instruction in pikepdf.parse_content_stream(self.page):
            operands: Any = instruction.operands
            match str(instruction.operator):
                case "BDC":
                    number = int(operands[1].get("/MCID", -1))
                case "EMC":
                    number = -1
                case "q":
                    kept.append(place)
                case "Q":
                    place = kept.pop()
                case "cm":
                    place = pikepdf.Matrix(operands) @ place
                case "Tm":
                    line = pikepdf.Matrix(operands)
                case "Td":
                    line = pikepdf.Matrix(1, 0, 0, 1, *operands) @ line
                case "Tf":
                    font = fonts[operands[0]]
                case "Tj" | "TJ":
                    strings = operands[0] if isinstance(operands[0], pikepdf.Array) else operands
                    codes = "".join(
                        bytes(s).hex() for s in strings if isinstance(s, pikepdf.String)
                    )
                    new = "".join(font.get(codes[n : n + 4], "?") for n in range(0, len(codes), 4))
                    self.texts[number] += new
                    self.starts.append((new, *(line @ place).transform((0, 0))))


@pytest.fixture(scope="module")
def sheets() -> Iterator[list[Sheet]]:
    with pikepdf.open(PDF) as book:
        yield [Sheet(page) for page in book.pages]


def test_no_text_is_outside_its_page(sheets):
    for number, sheet in enumerate(sheets, start=1):
        _, _, width, height = map(float, sheet.page.mediabox)
        for text, x, y in sheet.starts:
            assert (0 < x < width and 0 < y < height) or not text.strip(), (number, text)


@pytest.fixture(scope="module")
def tags(sheets) -> list[tuple[str, str, str, bool]]:
    """Each tag in order: its kind, its text, the text in its place, whether it holds a figure."""
    with pikepdf.open(PDF) as book:
        texts = {sheet.page.objgen: sheet.texts for sheet in sheets}
        found: list = []

        def read(tag: Any, page: Any) -> str:
            """The text of a tag, or of a piece of a page, which is a number."""
            if isinstance(tag, int):
                return texts[page.objgen].get(tag, "")
            page = tag.get("/Pg", page)
            if "/MCID" in tag:
                return read(int(tag.MCID), page)
            place = len(found)
            found.append(())
            inside = tag.get("/K", pikepdf.Array())
            inside = inside if isinstance(inside, pikepdf.Array) else [inside]
            text = "".join(read(child, page) for child in inside)
            if "/S" in tag:
                holds = any(kind == "Figure" for kind, *_ in found[place + 1 :])
                found[place] = (str(tag.S)[1:], text, str(tag.get("/Alt", "")), holds)
            else:  # a reference to a link
                del found[place]
            return text

        read(book.Root.StructTreeRoot.K, None)
    return found


def squeezed(text: str) -> str:
    return "".join(re.findall(r"[^\s\u200b]", text))


def test_the_tags_of_headings_hold_the_headings_in_order(pdf, tags):
    titles = ["Adam, Derived", "Contents", *(entry.title for _, entry in entries(pdf.outline))]
    tagged = [squeezed(text) for kind, text, *_ in tags if kind in ("H1", "H2")]
    assert tagged == [squeezed(title) for title in titles]


def test_each_formula_and_figure_is_read_aloud_in_words(tags):
    """A figure with a caption holds its drawing, which has the words."""
    figures = [(alt, holds) for kind, _, alt, holds in tags if kind == "Figure"]
    pages = built.built().pages.values()
    drawings = {svg.title.get_text() for page in pages for svg in page.soup.select("svg.figure")}
    formulas = {tex.get_text() for page in pages for tex in page.soup.select("main annotation")}
    said = [alt for alt, holds in figures if not holds]
    assert set(map(squeezed, said)) == set(map(squeezed, drawings | formulas))
    assert len(said) > 1000


def test_what_it_is(pdf):
    assert 120 < len(pdf.pages) < 350
    assert pdf.metadata.title == "Adam, Derived"
    assert pdf.metadata.author
    assert pdf.root_object["/Lang"] == "en"
    assert pdf.root_object["/MarkInfo"]["/Marked"]
    assert PDF.stat().st_size < 6e6
