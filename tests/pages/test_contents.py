"""The contents, the README and the landing page name every page; a chapter asks a question."""

import re

import yaml
from references import ROOT, source, toc


def chapters() -> list[str]:
    """The pages of the parts with numbers, in reading order."""
    return [page for page, part in toc().items() if part.startswith("Part ")]


def test_the_contents_name_every_page():
    found = {path.stem for path in (ROOT / "chapters").glob("*.md")}
    unnamed = found - set(toc())
    assert not unnamed, f"_toc.yml does not name {', '.join(sorted(unnamed))}, so nobody finds it"


def test_the_readme_names_every_page():
    readme = (ROOT / "README.md").read_text("utf-8")
    named = re.findall(r"\]\(chapters/(\w+)\.md\)", readme)
    assert named == [page for page in toc() if page != "index"], "README.md, under Read"


def test_the_landing_page_names_every_page():
    cards = (
        source("index").read_text("utf-8").partition("{container} cards")[2].partition("::::")[0]
    )
    named = re.findall(r"\]\(chapters/(\w+)\.md\)", cards)
    assert named == [page for page in toc() if page != "index"], "index.md, under The questions"


def test_every_chapter_has_a_question():
    headers = {page: source(page).read_text("utf-8").split("---\n")[1] for page in chapters()}
    without = [
        page for page, header in headers.items() if not yaml.safe_load(header).get("question")
    ]
    assert not without, f"no question in the header, for its card, of {', '.join(without)}"
