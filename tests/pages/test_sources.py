"""What is said outside the pages: the README's code and defaults, and the list of cited works."""

import inspect
import re
import unicodedata
from collections.abc import Iterator

import pytest
from references import ROOT, source, toc

from adamlib import Adam

README = (ROOT / "README.md").read_text("utf-8")
[(CODE, PRINTED)] = re.findall(
    r"^```python\n(.*?)^```\n\nprints\n\n```text\n(.*?)^```", README, re.MULTILINE | re.DOTALL
)
DEFAULTS = {name: p.default for name, p in inspect.signature(Adam).parameters.items()}


def test_the_code_of_the_readme_prints_what_it_says(capsys):
    exec(CODE, {})
    assert capsys.readouterr().out == PRINTED


def test_the_readme_tells_the_defaults_and_the_paper():
    (told,) = re.findall(r"# (beta1=.*)", CODE)
    assert eval(f"dict({told})").items() <= DEFAULTS.items()
    assert "The floor is inside the root by default, and beta2 is 0.99" in README
    assert DEFAULTS["beta2"] == 0.99
    assert DEFAULTS["eps"] == 0 < DEFAULTS["eps_root"]
    (paper,) = re.findall(r"the Adam of the paper is `(.*?)`", README)
    assert eval(paper) == Adam(0.001, 0.9, 0.999, 1e-8, 0.0)


# The cited works. Only what an entry says twice is compared. A title, an author after the first and
# a year that is wrong in the key as well are for a person to compare with the work, and so is
# whether it says what it is cited for. `make links` asks the addresses.

BIB = (ROOT / "chapters/references.bib").read_text("utf-8")
ENTRIES = re.findall(r"^@(\w+)\{(\S+),\n(.*?)^\}", BIB, re.MULTILINE | re.DOTALL)
WORKS = {
    key: {"kind": kind} | dict(re.findall(r"^ +(\w+) = \{(.*)\},?$", body, re.MULTILINE))
    for kind, key, body in ENTRIES
}


def faults(key: str, work: dict[str, str]) -> Iterator[str]:
    """Where the parts of an entry contradict each other."""
    year, where = int(work["year"]), work.get("url", "")
    if re.findall(r"\d{4}", key) != [work["year"]]:
        yield f"the key {key}, the year {year}"
    author = re.sub(r"\W", "", plain(work["author"].partition(",")[0])).lower()
    if not key.startswith(author):
        yield f"the key {key}, the first author {author}"
    for yy in re.findall(r"arxiv\.org/abs/(\d\d)\d\d\.\d+", where):
        later = year - 2000 - int(yy)
        # Published where it was posted; or elsewhere, up to two years later, or one before.
        if later not in ([0] if work["kind"] == "misc" else range(-1, 3)):
            yield f"arXiv of 20{yy}, the year {year}"
    # JMLR and PMLR end an address in the year, and an old DOI has it in parentheses.
    for yy in re.findall(r"(\d\d)[a-z]?\.html|\((\d\d)\)", where):
        if int("".join(yy)) != year % 100:
            yield f"{where}, the year {year}"
    if not where.startswith("https://") or work.keys() & {"doi", "eprint"}:
        yield "not one address"
    if not re.match("Read it for .+[^.]$", work.get("note", "")):
        yield "no word on what to read it for"


def plain(name: str) -> str:
    """Without accents."""
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()


def test_every_entry_is_read():
    assert len(WORKS) == BIB.count("@") > 0


def test_every_work_is_cited():
    text = "".join(source(page).read_text("utf-8") for page in toc())
    cited = re.findall(r"\{cite:\w+\}`([^`]*)`", text)
    assert WORKS.keys() == {key.strip() for keys in cited for key in keys.split(",")}


@pytest.mark.parametrize("key", WORKS)
def test_an_entry_does_not_contradict_itself(key):
    assert list(faults(key, WORKS[key])) == []


@pytest.mark.parametrize(
    ("key", "change", "says"),
    [
        ("kingma2015adam", {"year": "2014"}, "the key kingma2015adam, the year 2014"),
        ("kingma2015adam", {"author": "Ba, Jimmy"}, "the first author ba"),
        ("kingma2015adam", {"url": "https://arxiv.org/abs/1112.6980"}, "arXiv of 2011"),
        ("zeiler2012adadelta", {"url": "https://arxiv.org/abs/1112.5701"}, "arXiv of 2011"),
        ("stjohn2021adamd", {"eprint": "2110.10828"}, "not one address"),
        (
            "balles2018dissecting",
            {"url": "https://proceedings.mlr.press/v70/balles17a.html"},
            "17a",
        ),
        (
            "polyak1964methods",
            {"url": "https://doi.org/10.1016/0041-5553(65)90137-5"},
            "(65)",
        ),
        ("goh2017momentum", {"url": ""}, "not one address"),
        ("goh2017momentum", {"url": "https://distill.pub", "doi": "1"}, "not one address"),
        ("goh2017momentum", {"note": "Read it"}, "no word"),
    ],
)
def test_a_planted_contradiction_is_found(key, change, says):
    work = WORKS[key] | change
    assert any(says in fault for fault in faults(key, work))
