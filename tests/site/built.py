"""The built site as files: what must hold of its HTML, found without a browser.

Each check is a generator of faults; tests/site/browser.py asks them of the site, and
tests/site/test_built.py of a small one with planted faults.
"""

import ast
import json
import os
import posixpath
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

import nbformat
import pytest
from bs4 import BeautifulSoup, Tag
from references import ROOT

BUILT = ROOT / "_build" / "html"
MISSING = "404.html"  # served at any address
PDF = "adam-derived.pdf"
# What a page's policy may name: itself, nothing, and data inside the page for what is no script.
SOURCES = re.compile(r"'(self|none)'|'sha256-[\w+/=]+'")
EXERCISE = ["exercise", "solution"]
GENERIC = re.compile(r"(the )?(figure|plot|chart|graph|image|picture)\b( of)?", re.IGNORECASE)


@dataclass(frozen=True)
class Page:
    name: str
    text: str = field(repr=False)

    @cached_property
    def soup(self) -> Any:  # what it may not find, a check has asked for
        return BeautifulSoup(self.text, "html.parser")

    @cached_property
    def ids(self) -> Counter:
        return Counter(tag["id"] for tag in self.soup.find_all(id=True))

    @property
    def listed(self) -> bool:
        """Whether search engines may list it: not the search, not the page for missing ones."""
        return self.meta(name="robots") != "noindex"

    def meta(self, **attributes: str) -> str:
        tag = self.soup.find("meta", attrs=attributes)
        return tag.get("content", "").strip() if tag else ""


@dataclass(frozen=True)
class Site:
    root: Path
    address: str = ""  # where it will be published, when the build was told

    @cached_property
    def pages(self) -> dict[str, Page]:
        names = (path.relative_to(self.root) for path in self.root.rglob("*.html"))
        return {
            name.as_posix(): Page(name.as_posix(), (self.root / name).read_text("utf-8"))
            for name in sorted(names)
            if name.parts[0] != "_static"  # templates of a theme, no pages
        }

    @property
    def chapters(self) -> list[str]:
        return [name for name in self.pages if name.startswith("chapters/")]

    def place(self, name: str) -> tuple[str, str]:
        """The path of the site on its host, and that of the page.

        A site that was not told its address must work under any, but for the page that stands in
        for missing ones: that has to know the way home from any depth, and then takes the root.
        """
        known = urlsplit(self.address).path.rstrip("/") + "/"
        if name == MISSING:
            return known, known + "no/such/page.html"
        home = known if self.address else "/adam/"
        return home, home + name


def built() -> Site:
    """The site of `make book`; an error if there is none, so that nothing passes for lack of it."""
    if not (BUILT / "index.html").exists():
        raise pytest.UsageError(f"no site in {BUILT}: run `make book` first")
    return Site(BUILT, os.environ.get("SITE_URL", ""))


# What the checks look for must be there, or they would pass for lack of it
SELECTORS = [
    "main",
    ".card",
    "svg.figure text",
    ".katex",
    ".cell_input",
    "details",
    "[popover]",
    ".cited",
    ".listing .file",
    ".fold code",
    "dt.sig-object .source",
    ".parameters dd",
]


def nothing_is_looked_for_in_vain(site: Site) -> Iterator[str]:
    if not site.chapters:
        yield "no chapters"
    if MISSING not in site.pages:
        yield f"no {MISSING}"
    for selector in SELECTORS:
        if not any(page.soup.select_one(selector) for page in site.pages.values()):
            yield f"no page has {selector}"


# Links


def links_arrive(site: Site) -> Iterator[str]:
    for page in site.pages.values():
        home, here = site.place(page.name)
        for tag, link in _links(page):
            where = f"{page.name}: {tag.name} {link!r}"
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                if tag.name not in ("a", "link"):
                    yield f"{where} is loaded from elsewhere"
                if parts.scheme not in ("https", "mailto"):
                    yield f"{where} is no https address"
                continue
            path = urljoin(here, parts.path)
            # From the top only where the depth is not known.
            if parts.path.startswith("/") != (page.name == MISSING and bool(parts.path)):
                yield f"{where} starts, or does not start, from the root of the host"
                continue
            if not path.startswith(home):
                yield f"{where} leads out of the site"
                continue
            if not parts.path:
                path = home + page.name
            target = unquote(path.removeprefix(home))
            if target.endswith("/") or not target:
                target += "index.html"
            if not (site.root / target).is_file():
                yield f"{where}: no such file"
            elif (
                parts.fragment
                and target in site.pages
                and unquote(parts.fragment) not in site.pages[target].ids
            ):
                yield f"{where}: no such place on the page"


def _links(page: Page) -> Iterator[tuple[Tag, str]]:
    for tag in page.soup.find_all(True):
        for name in ("href", "src", "xlink:href", "poster", "action", "data"):
            if (link := tag.get(name)) is not None and not link.startswith("data:"):
                yield tag, link
        for candidate in filter(None, re.split(r",\s+", tag.get("srcset", ""))):
            yield tag, candidate.split()[0]


def ids_are_unique(site: Site) -> Iterator[str]:
    for page in site.pages.values():
        for name, count in page.ids.items():
            if count > 1:
                yield f"{page.name}: the id {name!r} {count} times"


def works_lead_back(site: Site) -> Iterator[str]:
    """Each work has a word on what to read it for, and leads to where a page cites it."""
    for page in site.pages.values():
        for work in page.soup.select("div.citation"):
            where = f"{page.name}: the work {work['id']}"
            if "Read it for " not in work.get_text():
                yield f"{where} is to be read for nothing"
            if not work.select(".cited a"):
                yield f"{where} leads to no page"
            for link in work.select(".cited a"):
                parts = urlsplit(urljoin(page.name, link["href"]))
                there = site.pages.get(parts.path)
                place = there and there.soup.find(id=parts.fragment)
                if not (place and place.find("a", href=re.compile(rf"#{work['id']}$"))):
                    yield f"{where}: it is not cited at {link['href']}"


# What a page says of itself


def headings_are_in_order(site: Site) -> Iterator[str]:
    for page in site.pages.values():
        level = 0
        headings = page.soup.find_all(re.compile("^h[1-6]$"))
        if (count := sum(tag.name == "h1" for tag in headings)) != 1:
            yield f"{page.name}: {count} h1"
        for tag in headings:
            if int(tag.name[1]) > level + 1:
                yield f"{page.name}: {tag.name} {tag.get_text(' ', strip=True)!r} after h{level}"
            level = int(tag.name[1])


def pages_are_described(site: Site) -> Iterator[str]:
    """In a search engine's list and in a message with a link to it."""
    seen = defaultdict(list)
    for page in site.pages.values():
        html, title = page.soup.html, page.soup.head.title
        title = title.get_text().strip() if title else ""
        description = page.meta(name="description")
        if not (html and html.get("lang")):
            yield f"{page.name}: no language"
        if not title:
            yield f"{page.name}: no title"
        if page.listed and not 50 <= len(description) <= 200:
            yield (
                f"{page.name}: a description of {len(description)} characters, not 50 to 200: "
                f"{description!r}"
            )
        for text in (title, description):
            seen[text].append(page.name)
            if re.search(r"\\[a-zA-Z]+|\$", text):
                yield f"{page.name}: TeX in {text!r}"
        yield from (
            f"{page.name}: no {name}"
            for name in ("og:title", "og:description")
            if not page.meta(property=name)
        )
    for text, names in seen.items():
        if text and len(names) > 1:
            yield f"{', '.join(names)} have the same title or description: {text!r}"


def addresses_are_the_sites(site: Site) -> Iterator[str]:
    """A canonical address and a site map, if and only if the address of the site was given."""
    sitemap = site.root / "sitemap.xml"
    if not site.address:
        for page in site.pages.values():
            if tag := page.soup.find("link", rel="canonical"):
                yield f"{page.name}: the canonical address {tag.get('href')}, though none is known"
        if sitemap.exists():
            yield "sitemap.xml, though the address of the site is not known"
        return
    addresses = {
        name: urljoin(site.address, "" if name == "index.html" else name)
        for name, page in site.pages.items()
        if page.listed
    }
    for name, address in addresses.items():
        tag = site.pages[name].soup.find("link", rel="canonical")
        if not tag or tag.get("href") != address:
            yield f"{name}: the canonical address is {tag and tag.get('href')}, not {address}"
    text = sitemap.read_text("utf-8") if sitemap.exists() else ""
    listed = set(re.findall(r"<loc>\s*(.*?)\s*</loc>", text))
    for name in ["index.html", *site.chapters]:
        if name not in addresses:
            yield f"{name} is not to be listed by search engines"
        elif addresses[name] not in listed:
            yield f"sitemap.xml lacks {addresses[name]}"
    for address in sorted(listed - set(addresses.values())):
        yield f"sitemap.xml has {address}, which is no page"


def policy_is_strict(site: Site) -> Iterator[str]:
    for page in site.pages.values():
        tag = page.soup.find("meta", attrs={"http-equiv": "Content-Security-Policy"})
        if not tag:
            yield f"{page.name}: no Content-Security-Policy"
            continue
        if early := tag.find_previous(["script", "link", "style"]):
            yield f"{page.name}: {early.name} before the policy, so not under it"
        rules = dict(_rules(tag.get("content", "")))
        if rules.get("default-src") not in (["'none'"], ["'self'"]):
            yield f"{page.name}: default-src is {rules.get('default-src')}"
        for rule, sources in rules.items():
            allowed = {"data:"} if rule in ("img-src", "font-src") else set()
            for source in sources:
                if source not in allowed and not SOURCES.fullmatch(source):
                    yield f"{page.name}: {rule} has {source}"


def _rules(policy: str) -> Iterator[tuple[str, list[str]]]:
    for rule in filter(None, (part.split() for part in policy.split(";"))):
        yield rule[0], rule[1:]


# Figures and files


def figures_have_titles(site: Site) -> Iterator[str]:
    """A reader who does not see a figure gets what it says, in words."""
    seen: dict[str, str] = {}
    for page in site.pages.values():
        for number, svg in enumerate(page.soup.select("svg.figure"), start=1):
            where = f"{page.name}: figure {number}"
            tag = svg.find("title")
            title = " ".join(tag.get_text().split()) if tag else ""
            if svg.get("role") != "img":
                yield f"{where} has not the role of an image"
            if not tag or tag.get("id") not in svg.get("aria-labelledby", "").split():
                yield f"{where} is not labelled by its title"
            if len(title) < 30 or GENERIC.match(title):
                yield f"{where} has a title that says too little: {title!r}"
            if title in seen:
                yield f"{where} has the title of {seen[title]}"
            seen[title] = where


FACE = re.compile(r"font-family:(KaTeX_\w+);font-style:(\w+);font-weight:(\w+);src:url\(([^)]*)")
DEFAULT = {"family": "KaTeX_Main", "weight": "400", "style": "normal"}


def formulas_have_their_fonts(site: Site) -> Iterator[str]:
    """What KaTeX's own rules ask for, for the classes that are in the pages."""
    css = (site.root / "_static/site.css").read_text("utf-8")
    faces = {face[:3]: site.root / "_static" / face[3] for face in FACE.findall(css)}
    rules = [
        (set(name.split(".")), re.findall(r"font-(family|weight|style):(\w+)", body))
        for names, body in re.findall(r"([^{}]+)\{([^}]*)\}", css)
        for name in re.findall(r"(?:^|,)\.katex \.([\w.-]+)(?=,|$)", names)
    ]
    for page in site.pages.values():
        for classes in set(re.findall(r'class="([^"]*)"', page.text)):
            asked = [said for names, said in rules if names <= set(classes.split())]
            font = DEFAULT | {key: value for said in asked for key, value in said}
            face = (font["family"], font["style"], font["weight"])
            if asked and not (face in faces and faces[face].is_file()):
                yield f"{page.name}: {classes!r} asks for {face}"


# Code


def listings_are_headed(site: Site) -> Iterator[str]:
    """Each is under the name of the file that it is from, which leads to the library."""
    for page in site.pages.values():
        heads = page.soup.select(".listing > .file")
        named = [head.get_text() for head in heads]
        source = ROOT / Path(page.name).with_suffix(".md")
        if source.is_file():
            wanted = re.findall(
                r"^`+\{literalinclude\} \.\./(\S+)", source.read_text("utf-8"), re.M
            )
            if named != wanted:
                yield f"{page.name}: listings of {named}, not of {wanted}"
        for head, name in zip(heads, named, strict=True):
            if name == "adamlib/formulas.py" and not head.find("a", href=re.compile("#")):
                yield f"{page.name}: a listing of {name} does not lead to the library"
        if page.soup.select_one(".listing:not(:has(> .file))"):
            yield f"{page.name}: a listing without the name of its file"


def entries_lead_to_their_source(site: Site) -> Iterator[str]:
    """Each entry of the library: to the name on the page of the source, which leads back to it."""
    for page in site.pages.values():
        for entry in page.soup.select("dt.sig-object"):
            where = f"{page.name}: {entry['id']}"
            link = entry.select_one("a.source")
            to = urlsplit(urljoin(page.name, link["href"])) if link else None
            there = to and to.path in site.pages and site.pages[to.path].soup.find(id=to.fragment)
            back = there and there.find("a")
            if not there or there.get_text() != entry["id"].rpartition(".")[2]:
                yield f"{where} leads to no source of it"
            elif not back or urljoin(to.path, back["href"]) != f"{page.name}#{entry['id']}":
                yield f"{where}: its source does not lead back"
            text = entry.find_next_sibling("dd")
            if entry["id"].count(".") == 1 and not text.select_one("a[href$='.html']"):
                yield f"{where} leads to no page that derives or uses it"
            if block := text.select_one("pre:not(.doctest *)"):
                yield f"{where}: code, and no formula: {block.get_text()!r}"


def code_is_folded(site: Site) -> Iterator[str]:
    """A cell that prints nothing; and in its place is what it checks or defines."""
    for page in site.pages.values():
        for cell in page.soup.select(".cell:not(.tag_show-input, :has(> .cell_output))"):
            if cell.select_one(":scope > .cell_input") and not cell.find_parent(class_=EXERCISE):
                yield f"{page.name}: prints nothing and is open: {cell.get_text()[:60]!r}"
        for fold in page.soup.select(".fold"):
            code = fold.select_one(".cell_input").get_text()
            said = [each.get_text() for each in fold.summary.select("code")]
            where = f"{page.name}: {fold.summary.get_text()!r}"
            asserts = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Assert)]
            if bool(asserts) != ("checked" in fold.summary.get_text()):
                yield f"{where} stands for {len(asserts)} assertions"
            if asserts and not said:
                yield f"{where} does not say what is checked"
            for words in said:
                if words.removesuffix("…") not in " ".join(code.split()):
                    yield f"{where}: {words!r} is not in the code"


def notebooks_are_offered(site: Site) -> Iterator[str]:
    """Each chapter with cells offers itself as the notebook that was run."""
    for name in site.chapters:
        page = site.pages[name]
        if not page.soup.select_one(".cell_input"):
            continue
        link = page.soup.select_one('a[download][href$=".ipynb"]')
        if not link:
            yield f"{name}: no notebook to download"
            continue
        path = site.root / posixpath.dirname(name) / unquote(link["href"])
        if not path.is_file():
            yield f"{name}: no file {link['href']}"
            continue
        try:
            notebook = nbformat.read(path, as_version=4)
            nbformat.validate(notebook)
        except (nbformat.ValidationError, json.JSONDecodeError, nbformat.reader.NotJSONError) as e:
            yield f"{name}: {link['href']} is no notebook: {e}"
            continue
        cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
        if not any(cell.outputs for cell in cells):
            yield f"{name}: no output in {link['href']}"
        if any(cell.execution_count is None for cell in cells if cell.source.strip()):
            yield f"{name}: {link['href']} has a cell that was not run"


def every_page_has_a_card(site: Site) -> Iterator[str]:
    """On the landing page, in the order of the menu, with what the page asks, and its picture."""
    home = site.pages["index.html"].soup
    cards = {card.a["href"]: card for card in home.select(".card")}
    menu = [link["href"] for link in home.select("#chapters a") if "/" in link["href"]]
    if list(cards) != menu:
        yield f"index.html: cards for {list(cards)}, and in the menu {menu}"
    for name, card in cards.items():
        if not card.find_all("p")[-1].get_text(strip=True):
            yield f"index.html: the card of {name} says nothing"
        page = site.pages.get(name)
        if page and page.soup.select_one("svg.figure"):
            image = card.img
            if not image or not (site.root / image["src"]).is_file():
                yield f"index.html: the card of {name} has no picture"
            elif not {"width", "height", "loading"} <= set(image.attrs):
                yield f"index.html: the picture of {name} has no size, or is not lazy"


def the_pdf_is_offered(site: Site) -> Iterator[str]:
    if (site.root / PDF).exists() and not site.pages["index.html"].soup.find("a", href=PDF):
        yield f"index.html: no link to {PDF}"


CHECKS = [
    nothing_is_looked_for_in_vain,
    links_arrive,
    ids_are_unique,
    works_lead_back,
    headings_are_in_order,
    pages_are_described,
    addresses_are_the_sites,
    policy_is_strict,
    figures_have_titles,
    formulas_have_their_fonts,
    listings_are_headed,
    entries_lead_to_their_source,
    code_is_folded,
    notebooks_are_offered,
    every_page_has_a_card,
    the_pdf_is_offered,
]
