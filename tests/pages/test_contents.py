"""The contents and the README name every page; the landing page has every chapter's question."""

import re

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


def test_the_landing_page_has_a_question_for_every_chapter():
    row = r"^\| \{doc\}`chapters/(\w+)` \| .+\? \|$"
    rows = re.findall(row, source("index").read_text("utf-8"), re.MULTILINE)
    missing = [page for page in chapters() if page not in rows]
    assert not missing, f"no row in index.md, under The questions, for {', '.join(missing)}"
    assert rows == chapters(), "the rows of index.md, and the order of _toc.yml"
