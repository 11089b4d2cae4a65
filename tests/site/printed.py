"""The printed book, as `make pdf` leaves it: whole, in order, and inside its paper.

Run by name, as `make site-test` does.
"""

from pathlib import Path

import pytest
import yaml
from pypdf import PdfReader
from pypdf.generic import Destination

ROOT = Path(__file__).parents[2]
PDF = ROOT / "_build/html/adam-derived.pdf"


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
    assert [entry.title for level, entry in outline if level == 0] == ["Introduction", *parts]
    files = [chapter["file"] for part in toc["parts"] for chapter in part["chapters"]]
    starts = [page_of(pdf, pdf.named_destinations["/" + file.rpartition("/")[2]]) for file in files]
    titles = [
        entry
        for level, entry in outline
        if (level == 1 and entry.title[0].isdigit())
        or entry.title in {"Notation", "The library", "Bibliography"}
    ]
    assert [page_of(pdf, entry) for entry in titles] == starts == sorted(starts)
    assert not any(set(entry.title) & set("\\$^{}") for _, entry in outline)


def test_the_contents_name_the_pages_of_the_outline(pdf):
    outline = list(entries(pdf.outline))
    first = min(page_of(pdf, entry) for _, entry in outline)
    printed = " ".join(pdf.pages[number].extract_text() for number in range(1, first - 1))
    printed = "".join(printed.split())
    position = 0
    for _, entry in outline:
        line = "".join(entry.title.split()) + str(page_of(pdf, entry))
        position = printed.find(line, position) + 1
        assert position, f"{entry.title!r} on page {page_of(pdf, entry)}"


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


def test_no_text_is_outside_its_page(pdf):
    for number, page in enumerate(pdf.pages, start=1):
        width, height = float(page.mediabox.width), float(page.mediabox.height)

        def inside(text, matrix, position, font, size, number=number, width=width, height=height):
            if text.strip():
                x, y = (
                    position[4] * matrix[0] + position[5] * matrix[2] + matrix[4],
                    position[4] * matrix[1] + position[5] * matrix[3] + matrix[5],
                )
                assert 0 < x < width, (number, text)
                assert 0 < y < height, (number, text)

        page.extract_text(visitor_text=inside)


def test_what_it_is(pdf):
    assert 120 < len(pdf.pages) < 260
    assert pdf.metadata.title == "Adam, Derived"
    assert pdf.metadata.author
    assert pdf.root_object["/Lang"] == "en"
    assert pdf.root_object["/MarkInfo"]["/Marked"]
    assert PDF.stat().st_size < 5e6
