"""The built site in a browser: each page in both colour schemes, wide and narrow.

Run by name, after `make book`, as `make site-test` does. Without a site or without a Chromium
there is an error, never a pass. At the end planted faults hold each check to account.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote, unquote, urljoin, urlsplit

import built
import chromium
import pytest
from bs4 import BeautifulSoup, SoupStrainer
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    Response,
    expect,
    sync_playwright,
)
from serving import serving

HERE = Path(__file__).parent
AXE = HERE / "node_modules" / "axe-core" / "axe.min.js"
SITE = built.built()
PAGES = list(SITE.pages)
Scheme = Literal["light", "dark"]
SCHEMES: list[Scheme] = ["dark", "light"]
WIDTHS = [1280, 375]
HEAVIEST = 250_000  # bytes on the wire, for a page with all that it loads
MOST_CODE = 0.2  # of a page's height
FIRST_PICTURE = 1600  # pixels from the top

# What a reader types, and the page or the place that must come first.
SEARCHES = {
    "bias correction": "chapters/bias.html",
    "bias corection": "chapters/bias.html",
    "beta2": "",  # of its spellings the next test compares the places
    "warmup": "chapters/practice.html#does-the-rate-need-a-schedule",
    "learning rate schedule": "chapters/practice.html#does-the-rate-need-a-schedule",
    "batch size": "chapters/practice.html#what-does-another-batch-size-change",
    "gradient clipping": "chapters/practice.html#thm-practice-clip",
    "weight decay": "chapters/practice.html#how-do-i-spare-some-weights-the-decay",
    "checkpoint": "chapters/network.html#save-resume-stop",
    "m hat": "chapters/notation.html#letters",
    "epsilon": "chapters/epsilon.html",
    "backpropagation": "chapters/backpropagation.html",
    "default values": "chapters/defaults.html",
    "momentum": "chapters/momentum.html",
    "mometnum": "chapters/momentum.html",
    "nesterov": "chapters/momentum.html#one-method-two-forms",
    "heavy ball": "chapters/momentum.html#one-method-two-forms",
    "adam vs sgd": "chapters/update.html#what-adam-does-not-notice",
    "AMSGrad": "chapters/api.html#adamlib.AMSGrad",
    "adamw": "chapters/api.html#adamlib.AdamW",
    "rmsprop": "chapters/api.html#adamlib.RMSProp",
    "ema_weights": "chapters/api.html#adamlib.ema_weights",
    "Adam.paper": "chapters/api.html#adamlib.Adam.paper",
    "nan": "chapters/api.html#adamlib.Diverged",
    "float16": "chapters/epsilon.html#half-precision",
    "regret": "chapters/failure.html#remember-the-largest",
    "convergence": "chapters/mistakes.html#what-convergence-says",
    "sharp step bound": "chapters/bound.html#thm-bound",
    "stability limit": "chapters/descent.html#thm-descent-limit",
    "When Adam comes to rest": "chapters/rest.html#thm-rest",
    "notation": "chapters/notation.html",
    "adafactor": "chapters/defaults.html#what-it-shows-and-what-not",
}
SPELLINGS = [
    ["beta2", "β2", "beta_2", "beta 2", "β₂", "Beta-2"],
    ["warmup", "warm-up", "Warm up"],
    ["m hat", "m̂", "m_hat", "m-hat"],
    ["epsilon", "eps", "ε", "ϵ"],
]
# A word of no page, and what means something else to a script that is careless.
UNFOUND = ["qwrtzplmk", "__proto__", "hasOwnProperty", "<script>qwrtz</script>"]
NO_CLIPBOARD = {
    "absent": "Object.defineProperty(navigator, 'clipboard', { value: undefined })",
    "refused": "navigator.clipboard.writeText = async () => { throw new Error('refused') }",
}
STORAGE_REFUSED = """
Object.defineProperty(window, "localStorage", { get() { throw new Error("refused"); } });
"""
# A browser without a window may report a pointer that nobody moved.
NO_POINTER = """
addEventListener("pointermove", (e) => e.isTrusted && e.stopImmediatePropagation(), true);
"""

Check = Callable[..., Iterable[str]]
Place = tuple[str, str]  # the addresses of the site and of a page


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not AXE.exists():
        raise FileNotFoundError(f"no {AXE}: run `make site-test`, which gets it")
    with sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def addresses() -> Iterator[dict[str, str]]:
    """Where the site is served, for each path that it takes itself to be at."""
    homes = {SITE.place(name)[0] for name in PAGES}
    with ExitStack() as stack:
        yield {home: stack.enter_context(serving(SITE.root, home)) for home in homes}


@pytest.fixture
def place(addresses: dict[str, str], name: str) -> Place:
    home, path = SITE.place(name)
    return addresses[home], addresses[home] + path.removeprefix(home)


@dataclass
class Visit:
    """A page that was loaded, and what went wrong in it."""

    page: Page
    home: str  # the address of the site
    url: str
    requests: list[Request] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.faults.append(f"script error: {error}"))
        self.page.on("request", self._request)
        self.page.on("requestfailed", lambda r: self.faults.append(f"failed: {r.url} {r.failure}"))
        self.page.on("response", self._response)
        self.page.goto(self.url)

    def _console(self, message: ConsoleMessage) -> None:
        # The browser's line on a response of 404 or so; said better, with its address, below.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.faults.append(f"console: {message.text}")

    def _request(self, request: Request) -> None:
        self.requests.append(request)
        if not request.url.startswith((self.home, "data:", "blob:")):
            self.faults.append(f"asks elsewhere: {request.url}")

    def _response(self, response: Response) -> None:
        if response.status >= 400 and response.url != self.url:
            self.faults.append(f"status {response.status}: {response.url}")

    def ask(self, question: str, argument: object = None) -> Any:
        return self.page.evaluate(f"argument => ask.{question}(argument)", argument)

    def faults_of(self, question: str, argument: object = None) -> list[str]:
        return [str(fault) for fault in self.ask(question, argument)]


@contextmanager
def visiting(
    browser: Browser, place: Place, width: int, script: str = "", **options: Any
) -> Iterator[Visit]:
    """A new reader, with nothing stored, at the page; the script runs before the page's own."""
    context = browser.new_context(viewport={"width": width, "height": 800}, **options)
    context.add_init_script(path=HERE / "browser.js")
    context.add_init_script(script)
    try:
        yield Visit(context.new_page(), *place)
    finally:
        context.close()


# What is asked of a page


def loads(visit: Visit) -> list[str]:
    """Nothing fails, nothing comes from elsewhere, nothing breaks the page's own policy."""
    return visit.faults


def layout(visit: Visit) -> list[str]:
    return visit.faults_of("layout")


def contrast(visit: Visit) -> list[str]:
    return visit.faults_of("text") + visit.faults_of("shapes")


def contrast_in_both_schemes(visit: Visit) -> Iterator[str]:
    for scheme in SCHEMES:
        visit.page.emulate_media(color_scheme=scheme)
        yield from contrast(visit)


def figures_fit(visit: Visit) -> list[str]:
    return visit.faults_of("inside")


def lines_break_well(visit: Visit) -> list[str]:
    return visit.faults_of("breaks")


def rules(visit: Visit) -> list[str]:
    visit.page.evaluate(AXE.read_text("utf-8"))
    return visit.faults_of("rules")


def weight(visit: Visit) -> list[str]:
    """What was asked for so far: after `layout` that is all, to the end of the page."""
    sizes = {request.url: request.sizes() for request in visit.requests}
    weights = {url: s["responseBodySize"] + s["responseHeadersSize"] for url, s in sizes.items()}
    if (total := sum(weights.values())) <= HEAVIEST:
        return []
    heaviest = sorted(weights, key=lambda url: weights[url], reverse=True)[:8]
    return [f"{total} bytes", *(f"{weights[url]:8} {url}" for url in heaviest)]


def is_more_than_code(visit: Visit) -> Iterator[str]:
    """A reader sees text and pictures first; the most of the code unfolds."""
    share, picture = visit.ask("code")
    if share > MOST_CODE:
        yield f"{share:.0%} of the page is code"
    if picture is not None and picture > FIRST_PICTURE:
        yield f"the first picture begins after {picture:.0f} pixels"


def is_still(visit: Visit) -> list[str]:
    return visit.faults_of("motion")


def shows_without_scripts(visit: Visit, chapters: Iterable[str] = ()) -> list[str]:
    return visit.faults_of("hidden", [visit.home + name for name in chapters])


def lines_are_numbered(visit: Visit) -> Iterator[str]:
    """What the text calls line 2.1 has that number, as it is drawn and read aloud."""
    lines = set(
        re.findall(r"\b[Ll]ines? (\d+\.\d+)", visit.page.locator("main").text_content() or "")
    )
    if lines:
        devtools = visit.page.context.new_cdp_session(visit.page)
        nodes = devtools.send("Accessibility.getFullAXTree")["nodes"]
        texts = {node.get("name", {}).get("value", "").strip() for node in nodes}
        yield from (f"no line has the number {line}" for line in sorted(lines - texts))


# The first goes to the end of the page, for what loads late; the last but one changes the page's
# colours, the last brings a script of its own and takes the formulas away.
LOOKS = [
    layout,
    weight,
    loads,
    figures_fit,
    lines_break_well,
    lines_are_numbered,
    contrast_in_both_schemes,
    rules,
]


def lands(visit: Visit, fragments: Iterable[str] = ()) -> Iterator[str]:
    """A reader comes to each place by a link in the page, or by its address."""
    yield from visit.ask("follow")
    for fragment in fragments:
        visit.page.goto("about:blank")  # or the page would not be loaded again
        visit.page.goto(f"{visit.url}#{fragment}")
        yield from (f"by its address, {fault}" for fault in visit.ask("rests", fragment))


def keeps(visit: Visit) -> Iterator[str]:
    """A reader who has scrolled finds the place again."""
    visit.page.reload()  # a font that came too late for the first visit is there for all others
    place = visit.ask("halfway", True)
    visit.page.reload()
    if abs(off := visit.ask("halfway") - place) > 3:
        yield f"a reload moves the page by {off:.0f} pixels"
    visit.page.goto("about:blank")
    visit.page.go_back()
    if abs(off := visit.ask("halfway") - place) > 3:
        yield f"coming back moves the page by {off:.0f} pixels"


def goes_by_keyboard(visit: Visit) -> Iterator[str]:
    yield from _walk(visit)
    for menu in visit.page.locator("button[popovertarget]:visible").all():
        yield from _menu(visit, menu)
    skip = visit.page.locator('a[href$="#main-content"]').first
    if skip.count():
        skip.focus()
        visit.page.keyboard.press("Enter")
        visit.page.wait_for_timeout(50)
        if visit.page.url != f"{visit.url}#main-content":
            yield f"the skip link leads away, to {visit.page.url}"
        elif visit.page.evaluate("document.activeElement.id") != "main-content":
            yield "the skip link leaves the focus where it is"


def _walk(visit: Visit) -> Iterator[str]:
    most = 2 * visit.ask("begin") + 10
    for number in range(most):
        visit.page.keyboard.press("Tab")
        if number == 0 and visit.page.evaluate("document.activeElement.hash") != "#main-content":
            yield "the first stop is no link to the text"
        done, faults = visit.ask("stop")
        yield from faults
        if done:
            break
    else:
        yield f"no end after {most} stops"
    yield from visit.ask("unreached")


def _menu(visit: Visit, button: Locator) -> Iterator[str]:
    """A menu opens, the focus goes through it, and Escape closes it again."""
    name = button.get_attribute("popovertarget")
    menu = visit.page.locator(f"#{name}")
    button.focus()
    visit.page.keyboard.press("Enter")
    if not menu.is_visible():
        yield f"Enter does not open the menu {name}"
        return
    for link in range(menu.locator("a[href]:visible").count()):
        visit.page.keyboard.press("Tab")
        if not menu.evaluate("menu => menu.contains(document.activeElement)"):
            yield f"the menu {name} is left before its link {link + 1}"
            break
    visit.page.keyboard.press("Escape")
    if menu.is_visible():
        yield f"Escape does not close the menu {name}"


def none_of(faults: Iterable[str]) -> None:
    """Fail with the faults, each once; of many, the first ones."""
    each = list(dict.fromkeys(faults))
    if each:
        more = [f"and {len(each) - 25} more"] if len(each) > 25 else []
        pytest.fail("\n".join(fault[:300] for fault in each[:25] + more), pytrace=False)


@cache
def linked_from_elsewhere() -> dict[str, set[str]]:
    """The places in each page to which other pages lead."""
    places: dict[str, set[str]] = defaultdict(set)
    links = SoupStrainer("a", href=re.compile("#"))
    for page in SITE.pages.values():
        for link in BeautifulSoup(page.text, "html.parser", parse_only=links).find_all("a"):
            to = urlsplit(urljoin(page.name, str(link["href"])))
            if not to.netloc and to.path != page.name:
                places[to.path].add(unquote(to.fragment))
    return places


# Every page


@pytest.mark.parametrize("check", built.CHECKS, ids=lambda check: check.__name__)
def test_site(check: Check) -> None:
    none_of(check(SITE))


@pytest.mark.parametrize(("scheme", "width"), list(zip(SCHEMES, WIDTHS, strict=True)))
@pytest.mark.parametrize("name", PAGES)
def test_page(browser: Browser, place: Place, scheme: Scheme, width: int) -> None:
    """Each width begins in a scheme of its own; the contrast is seen in both."""

    def look() -> list[str]:
        with visiting(browser, place, width, color_scheme=scheme) as visit:
            return [fault for check in LOOKS for fault in check(visit)]

    faults = look()
    if any("the layout shifts" in fault for fault in faults):
        faults = look()  # once more: on a busy machine a font may come late
    none_of(faults)


@pytest.mark.parametrize("name", SITE.chapters)
def test_a_page_is_more_than_code(browser: Browser, place: Place) -> None:
    with visiting(browser, place, 1280) as visit:
        none_of(is_more_than_code(visit))


@pytest.mark.parametrize("name", ["chapters/update.html"])
def test_code_unfolds_by_keyboard(browser: Browser, place: Place) -> None:
    """Without scripts too, and what it checks is what a screen reader says of it."""
    with visiting(browser, place, 1280, java_script_enabled=False) as visit:
        fold = visit.page.locator(".fold", has_text="checked").first
        summary, code = fold.locator("summary"), fold.locator("pre")
        assert not code.is_visible()
        assert "checked" in summary.aria_snapshot()
        summary.focus()
        visit.page.keyboard.press("Enter")
        code.wait_for(state="visible")
        visit.page.keyboard.press("Enter")
        code.wait_for(state="hidden")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["chapters/scale.html"])
def test_code_is_as_large_as_the_text_beside_it(browser: Browser, place: Place, width: int) -> None:
    with visiting(browser, place, width) as visit:
        sizes = visit.page.locator(".highlight pre").evaluate_all(
            "all => all.map((pre) => parseFloat(getComputedStyle(pre).fontSize))"
        )
    assert min(sizes) >= 15


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PAGES)
def test_without_scripts(browser: Browser, place: Place, width: int) -> None:
    with visiting(browser, place, width, java_script_enabled=False) as visit:
        faults = loads(visit) + shows_without_scripts(visit, SITE.chapters)
    none_of(faults)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PAGES)
def test_keyboard_and_rest(browser: Browser, place: Place, width: int) -> None:
    with visiting(browser, place, width, reduced_motion="reduce") as visit:
        faults = [*is_still(visit), *goes_by_keyboard(visit)]
    none_of(faults)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PAGES)
def test_links_land(browser: Browser, place: Place, name: str, width: int) -> None:
    with visiting(browser, place, width) as visit:
        none_of(lands(visit, sorted(linked_from_elsewhere()[name])))


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("fragment", ["", "#exercises"])
@pytest.mark.parametrize("name", ["chapters/descent.html", "chapters/failure.html"])
def test_the_place_is_kept(browser: Browser, place: Place, fragment: str, width: int) -> None:
    home, url = place
    with visiting(browser, (home, url + fragment), width) as visit:
        none_of(keeps(visit))


def searched(browser: Browser, place: Place, words: str, *, script: str = "") -> list[str]:
    """Where the search leads by its address, most likely first; nothing may go wrong on the way."""
    home, url = place
    at = (home, f"{url}?q={quote(words)}")
    with visiting(browser, at, 1280, script) as visit:
        visit.page.locator("#search-count", has_text=re.compile("place|Nothing")).wait_for()
        links = visit.page.locator("#search-results a").all()
        found = [(str(link.get_attribute("href")), link.inner_text()) for link in links]
        none_of(loads(visit))
    assert not [text for _, text in found if re.search(r"\\[a-z]|\$|^\s*$", text)]
    assert all(href.startswith(home) for href, _ in found)
    return [unquote(href.removeprefix(home)) for href, _ in found]


@pytest.mark.parametrize("name", ["search.html"])
@pytest.mark.parametrize("words", SEARCHES)
def test_search(browser: Browser, place: Place, words: str) -> None:
    first = searched(browser, place, words)[0]
    wanted = SEARCHES[words]
    assert wanted in (first, first.partition("#")[0], ""), first
    page, _, fragment = first.partition("#")
    assert not fragment or fragment in SITE.pages[page].ids


@pytest.mark.parametrize("name", ["search.html"])
@pytest.mark.parametrize("spellings", SPELLINGS, ids=lambda spellings: spellings[0])
def test_a_name_is_found_in_its_spellings(
    browser: Browser, place: Place, spellings: list[str]
) -> None:
    found = [searched(browser, place, words)[0] for words in spellings]
    assert found == [found[0]] * len(found)


@pytest.mark.parametrize("name", ["search.html"])
@pytest.mark.parametrize("words", UNFOUND)
def test_nothing_is_found(browser: Browser, place: Place, words: str) -> None:
    """Nor is any storage asked for, or what was typed taken for markup."""
    assert searched(browser, place, words, script=STORAGE_REFUSED) == []


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", ["chapters/bias.html", "404.html"])
def test_search_as_you_type(browser: Browser, place: Place, scheme: Scheme) -> None:
    """By keyboard alone: a list below the field, a choice in it, its place; and all of them."""
    with visiting(browser, place, 1280, color_scheme=scheme) as visit:
        page = visit.page
        field, options = page.get_by_role("combobox"), page.get_by_role("option")
        assert not [each.url for each in visit.requests if "search" in each.url.split("/")[-1]]
        page.keyboard.press("/")
        page.keyboard.type("stability limit")
        page.locator("#found mark").first.wait_for()
        assert field.get_attribute("aria-expanded") == "true"
        none_of([*contrast(visit), *rules(visit)])
        for key, chosen in (
            ("ArrowUp", options.count() - 1),
            ("ArrowDown", None),
            ("ArrowDown", 0),
        ):
            page.keyboard.press(key)
            selected = [option.get_attribute("aria-selected") for option in options.all()]
            assert [i for i, each in enumerate(selected) if each == "true"] == (
                [] if chosen is None else [chosen]
            )
            active = field.get_attribute("aria-activedescendant")
            assert active == (None if chosen is None else options.nth(chosen).get_attribute("id"))
        page.keyboard.press("Escape")
        assert options.count() == 0
        assert field.input_value() == "stability limit"
        assert field.get_attribute("aria-expanded") == "false"
        page.keyboard.type("s")  # a plural
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        page.wait_for_url("**/descent.html#thm-descent-limit")
        page.get_by_label("Search the book").fill("qwrtzplmk")
        page.get_by_text("Nothing has these words.").wait_for()
        assert options.count() == 0
        page.keyboard.press("Enter")
        page.wait_for_url("**/search.html?q=qwrtzplmk")
        page.locator(".search-page input").fill("amsgrad")
        page.locator("#search-results mark").first.wait_for()
        assert page.url.endswith("/search.html?q=amsgrad")
    none_of(visit.faults)


@pytest.mark.parametrize("name", ["search.html"])
def test_the_search_on_a_phone(browser: Browser, place: Place) -> None:
    with visiting(browser, (place[0], place[1] + "?q=beta2"), 375) as visit:
        visit.page.locator("#search-results mark").first.wait_for()
        assert visit.page.evaluate("document.documentElement.scrollWidth") == 375
        checks = [layout, loads, contrast_in_both_schemes, rules]
        none_of([fault for check in checks for fault in check(visit)])


@pytest.mark.parametrize("name", ["chapters/bias.html"])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_theme_button(browser: Browser, place: Place, scheme: Scheme) -> None:
    """The reader's choice outranks the system's, at once and on the next page."""
    paper = "getComputedStyle(document.body).backgroundColor"
    with visiting(browser, place, 1280, color_scheme=scheme) as visit:
        before = visit.page.evaluate(paper)
        visit.page.get_by_role("button", name="Light or dark").click()
        chosen = visit.page.evaluate(paper)
        assert chosen != before
        visit.page.reload()
        assert visit.page.evaluate(paper) == chosen
        none_of(contrast(visit))


@pytest.mark.parametrize("name", ["chapters/bias.html"])
def test_theme_button_without_storage(browser: Browser, place: Place) -> None:
    paper = "getComputedStyle(document.body).backgroundColor"
    with visiting(browser, place, 1280, STORAGE_REFUSED) as visit:
        seen = [visit.page.evaluate(paper)]
        for _ in range(2):
            visit.page.get_by_role("button", name="Light or dark").click()
            seen.append(visit.page.evaluate(paper))
    assert seen[0] == seen[2] != seen[1]
    none_of(loads(visit))


@pytest.mark.parametrize("name", ["chapters/bias.html"])
@pytest.mark.parametrize("clipboard", NO_CLIPBOARD)
def test_copy_without_a_clipboard(browser: Browser, place: Place, clipboard: str) -> None:
    """The code is selected, and the button says what is left to do."""
    with visiting(browser, place, 1280, NO_CLIPBOARD[clipboard]) as visit:
        cell = visit.page.locator(".cell > .cell_input").first
        cell.hover()
        cell.get_by_role("button", name="Copy").click()
        cell.get_by_role("button", name="Selected, not yet copied").wait_for()
        selected = visit.page.evaluate("getSelection().toString()")
        assert selected.strip() == cell.locator("pre").inner_text().strip()
    none_of(loads(visit))


@pytest.mark.parametrize("name", ["chapters/api.html"])
def test_what_is_typed_at_a_prompt_is_copied(browser: Browser, place: Place) -> None:
    clipboard = ["clipboard-read", "clipboard-write"]
    with visiting(browser, place, 1280, permissions=clipboard) as visit:
        example = visit.page.locator("dd > .doctest").first
        example.hover()
        example.get_by_role("button", name="Copy").click()
        copied = visit.page.evaluate("navigator.clipboard.readText()")
    typed = "from dataclasses import replace\nreplace(Momentum(0.1), learning_rate=0.05)\n"
    assert copied == typed


@pytest.mark.parametrize("name", ["chapters/bias.html"])
@pytest.mark.parametrize("sign", ["pointermove", "pointerdown", "keydown", "wheel", "scroll"])
def test_what_is_far_is_laid_out_at_a_sign(browser: Browser, place: Place, sign: str) -> None:
    with visiting(browser, place, 1280, NO_POINTER) as visit:
        visit.page.wait_for_timeout(500)
        assert visit.page.locator("section.ready").count() == 0
        visit.ask("sign", sign)
        assert visit.ask("whole")


@pytest.mark.parametrize("name", ["chapters/bias.html"])
def test_what_the_script_adds(browser: Browser, place: Place) -> None:
    """All is laid out, code is copied, "/" leads to the search, the contents follow."""
    clipboard = ["clipboard-read", "clipboard-write"]
    with visiting(browser, place, 1280, permissions=clipboard) as visit:
        visit.ask("sign", "pointermove")
        assert visit.ask("whole")
        cell = visit.page.locator(".cell > .cell_input").first
        cell.hover()
        cell.get_by_role("button", name="Copy").click()
        copied = visit.page.evaluate("navigator.clipboard.readText()")
        assert copied == cell.locator("pre").inner_text().rstrip() + "\n"
        visit.page.keyboard.press("/")
        assert visit.page.evaluate("document.activeElement.name") == "q"
        last = visit.page.locator("#contents a").last
        last.click()
        visit.page.locator("#contents a[aria-current=location]", has_text="Exercises").wait_for()
        assert visit.page.locator("#contents a[aria-current]").count() == 1
    none_of(visit.faults)


# A reference shows what it leads to

PREVIEWS = [
    ("chapters/update.html", "bias.html", "Adam keeps two averages"),
    ("chapters/update.html", "practice.html#thm-practice-first", "(The first step, and"),
    ("chapters/update.html", "#thm-scale", "(Scale invariance)"),
    ("chapters/update.html", "averages.html#equation-eq-ema", "(4.1)"),
    ("chapters/update.html", "#fig-update-stream", "One weight. Above, its gradients"),
    ("chapters/update.html", "bias.html#fig-bias-kappa", "What happens to Adam"),
    ("chapters/update.html", "bibliography.html#{kingma}", "Read it for the method itself"),
    ("chapters/bibliography.html", "update.html#{cites}", "Natural gradient descent"),
    ("chapters/backpropagation.html", "#ex-backpropagation-mask", "Exercise"),
    ("chapters/bias.html", "#small", "it"),
    # Of these the book has none, yet.
    ("chapters/update.html", "bias.html#exercises", "Exercises"),
    ("chapters/update.html", "#alg-adam", "Algorithm 6.1"),
    ("chapters/update.html", "api.html#adamlib.ema", "The next exponential moving average."),
]
IN_CARD = """card => {
  const { left, right, top, bottom } = card.getBoundingClientRect();
  const ids = [...document.querySelectorAll("[id]")].map((each) => each.id);
  const link = document.querySelector('[aria-describedby="preview"]').getBoundingClientRect();
  const empty = ({ width, height }) => !width && !height;
  const uses = [...card.querySelectorAll("use")].filter((use) => empty(use.getBBox()));
  const beside = left > link.right || right < link.left || top > link.bottom || bottom < link.top;
  return [
    left < 0 || right > innerWidth || top < 0 || bottom > innerHeight ? "out of the window" : "",
    beside ? "" : "over its link",
    card.scrollWidth > card.clientWidth ? "too wide" : "",
    uses.length ? "a picture lacks its parts" : "",
    ...ids.filter((id, n) => ids.indexOf(id) !== n).map((id) => `two of the id ${id}`),
  ].filter(Boolean);
}"""


def reference(visit: Visit, href: str) -> Locator:
    """The link, or a new one."""
    if href.endswith("}"):  # the bibliography gives numbers
        kind = "bibliography.html#" if "kingma" in href else "update.html#"
        return visit.page.locator(f".bd-article a[href^='{kind}']").first
    link = visit.page.locator(f".bd-article a[href='{href}']:not(.algorithm a, .headerlink)")
    if not link.count():
        make = (
            "(p, to) => p.insertAdjacentHTML('beforeend', `<a class=internal href=${to}>new</a>`)"
        )
        visit.page.locator(".bd-article h1 + p").evaluate(make, href)
    return link.first


def previews(visit: Visit, href: str, says: str, keyboard: bool) -> Iterator[str]:
    page, card = visit.page, visit.page.locator("#preview")
    visit.ask("sign", "keydown")
    visit.ask("whole")
    link = reference(visit, href)
    link.scroll_into_view_if_needed()
    before = len([r for r in visit.requests if r.url.split("#")[0].endswith(".html")])
    link.focus() if keyboard else link.hover()
    card.wait_for()
    page.wait_for_timeout(200)  # it has faded in
    if says not in (card.text_content() or ""):
        yield f"the card says {card.inner_text()}"
    yield from card.evaluate(IN_CARD)
    asked = len([r for r in visit.requests if r.url.split("#")[0].endswith(".html")]) - before
    if before != 1 or asked != (not href.startswith("#")):
        yield f"asked for {before} pages, and then for {asked}"
    if keyboard:
        page.keyboard.press("Tab")
        if card.is_visible() or page.evaluate("document.activeElement.closest('#preview')"):
            yield "Tab goes into the card, or leaves it there"
        page.keyboard.press("Shift+Tab")
    else:
        card.hover()
        page.wait_for_timeout(500)
        if not card.is_visible():
            yield "the card does not stay for the pointer"
        page.mouse.move(1, 1)
        card.wait_for(state="hidden")
        link.hover()
    card.wait_for()
    page.wait_for_timeout(200)
    yield from rules(visit)
    page.keyboard.press("Escape")
    if card.is_visible() or page.locator("[aria-describedby=preview]").count():
        yield "Escape does not close the card"
    yield from loads(visit)


@pytest.mark.parametrize("keyboard", [False, True], ids=["mouse", "keyboard"])
@pytest.mark.parametrize(("name", "href", "says"), PREVIEWS)
def test_preview(browser: Browser, place: Place, href: str, says: str, keyboard: bool) -> None:
    scheme = SCHEMES[keyboard]
    with visiting(browser, place, 1280, color_scheme=scheme) as visit:
        none_of(previews(visit, href, says, keyboard))


# Nothing is laid out meanwhile but by the test, which sees the pointer lose the link.
HALF_LAID_OUT = """
window.requestIdleCallback = () => {};
const lose = ({ target }) => target.closest("a") && document.documentElement.classList.add("lost");
addEventListener("pointerout", lose, true);
"""
BESIDE = """card => {
  const link = document.querySelector("[aria-describedby=preview]").getBoundingClientRect();
  const { top, bottom } = card.getBoundingClientRect();
  return Math.min(Math.abs(top - link.bottom), Math.abs(link.top - bottom));
}"""
MOVE = """() => {
  document.documentElement.style.overflowAnchor = "none";
  const space = document.createElement("p");
  space.style.height = "90px";
  document.querySelector(".bd-article").prepend(space);
}"""


@pytest.mark.parametrize("name", ["chapters/update.html"])
def test_a_preview_stays_with_a_link_that_the_layout_moves(browser: Browser, place: Place) -> None:
    """What is far is laid out at the first move of the pointer, which may be over a link."""
    with visiting(browser, place, 1280, HALF_LAID_OUT) as visit:
        page, card = visit.page, visit.page.locator("#preview")
        link = page.locator(".bd-article a[href='bias.html']").first
        link.scroll_into_view_if_needed()
        link.hover()
        page.evaluate(MOVE)
        page.locator("html.lost").wait_for()
        page.wait_for_timeout(700)
        assert card.is_visible()
        page.evaluate(MOVE)
        page.wait_for_timeout(300)
        assert card.evaluate(IN_CARD) == []
        assert card.evaluate(BESIDE) < 20
        page.mouse.move(1, 1)
        card.wait_for(state="hidden")
        assert not page.locator("[aria-describedby=preview]").count()


@pytest.mark.parametrize("name", ["chapters/update.html"])
def test_a_formula_looks_alike_in_a_preview(browser: Browser, place: Place) -> None:
    """It has the styles of the page that it is from."""
    boxes = """box => {
      const size = parseFloat(getComputedStyle(box).fontSize);
      const height = (each) => each.getBoundingClientRect().height / size;
      return [...box.querySelectorAll(".katex-html *")].map(height);
    }"""
    with visiting(browser, place, 1280) as visit:
        visit.page.locator("a[href='bias.html#equation-eq-corrected']").first.focus()
        shown = visit.page.locator("#preview .katex-display")
        seen = shown.evaluate(boxes)
        visit.page.goto(visit.url.replace("update.html", "bias.html#equation-eq-corrected"))
        there = visit.page.locator("#equation-eq-corrected .katex-display").evaluate(boxes)
    assert seen == pytest.approx(there, abs=0.1)  # a pixel or two


@pytest.mark.parametrize("name", ["chapters/bias.html"])
def test_a_box_far_below_is_laid_out_for_a_reader(browser: Browser, place: Place) -> None:
    """Until then the page is not slow for what nobody looks at."""
    with visiting(browser, place, 375) as visit:
        last = visit.page.locator("section > section > .proof").last
        expect(last).to_have_css("content-visibility", "auto")
        visit.page.keyboard.press("Tab")
        expect(last).to_have_css("content-visibility", "visible")


@pytest.mark.parametrize("name", ["chapters/update.html"])
def test_a_finger_follows_a_reference(browser: Browser, place: Place) -> None:
    with visiting(browser, place, 375, has_touch=True, is_mobile=True) as visit:
        visit.page.locator(".bd-article a[href='bias.html']").first.tap()
        visit.page.wait_for_url("**/bias.html")
        assert not visit.page.locator("#preview").count()


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize("name", ["chapters/update.html"])
def test_a_line_of_the_algorithm_lights_the_source(
    browser: Browser, place: Place, scripts: bool
) -> None:
    lit = """() => [...document.querySelectorAll("[id^='line-']")]
      .filter((each) => getComputedStyle(each).backgroundColor !== "rgba(0, 0, 0, 0)")
      .map((each) => each.innerText.trim().split(" ")[0])"""
    wanted = {
        "1": ("backpropagation.html", ["def"]),
        "3": ("averages.html", ["m"]),
        "4": ("scale.html", ["v"]),
        "5": ("bias.html", ["m_hat,"]),
        "6": ("bias.html", ["m_hat,"]),
        "7": ("epsilon.html", ["size", "return"]),
    }
    with visiting(browser, place, 1280, java_script_enabled=scripts) as visit:
        lines = visit.page.locator("#alg-adam li li")
        assert visit.page.evaluate(lit) == []
        for number in range(1, 8):
            line, link = lines.nth(number - 1), lines.nth(number - 1).locator("a")
            href, names = wanted.get(str(number), (None, []))
            assert [each.get_attribute("href") for each in link.all()] == [href][: link.count()]
            line.hover(position={"x": 60, "y": 10})
            assert visit.page.evaluate(lit) == names
            visit.page.mouse.move(1, 1)
            if names:
                link.focus()
                assert visit.page.evaluate(lit) == names
                link.blur()


@pytest.mark.parametrize("name", ["index.html"])
def test_the_algorithm_of_the_landing_page_leads_to_its_chapters(
    browser: Browser, place: Place
) -> None:
    with visiting(browser, place, 1280) as visit:
        lines = visit.page.locator(".algorithm li li")
        links = [line.locator("a").get_attribute("href") for line in lines.all()]
        lines.nth(2).locator("a").click()
        visit.page.wait_for_url("**/chapters/scale.html")
    names = ("backpropagation", "averages", "scale", "bias", "bias", "update")
    assert links == [f"chapters/{name}.html" for name in names]


# Planted faults: every check goes red for its reason

SAMPLE = """\
<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'self'; \
style-src 'self'; img-src 'self'">
<title>A sample</title>
<link rel="stylesheet" href="sample.css">
<script defer src="sample.js"></script>
</head><body>
<a class="skip" href="#main-content">Skip to the text</a>
<header><a href="index.html">Home</a>
<button popovertarget="menu">Menu</button></header>
<nav id="menu" popover aria-label="Chapters"><a href="index.html#one">One</a>
<a href="chapters/one.html">Two</a></nav>
<main id="main-content" tabindex="-1"><h1>A sample</h1>
<p id="one">Text, and <span class="katex"><span class="katex-mathml"><math><mi>x</mi></math></span>\
<span class="katex-html" aria-hidden="true">x</span></span>.</p>
<details><summary>More</summary><p>Folded, with <a href="index.html">a link</a>.</p></details>
<pre tabindex="0">a line of code that is too long for the box, and so it scrolls in the box</pre>
<svg class="figure" role="img" aria-labelledby="t" width="200" height="100">
<title id="t">A line</title>
<path d="M 0 50 L 200 50" stroke="#888" opacity="0.3" fill="none"/>
<path d="M 0 90 L 200 10" stroke="#1f77b4" fill="none"/>
<rect x="10" y="10" width="9" height="9" stroke="#333" fill="#fff"/>
<text x="60" y="90" fill="#333">a label</text></svg>
</main></body></html>
"""
STYLE = """\
body { margin: 0; background: #fff; color: #222; font-size: 16px; }
header { position: sticky; top: 0; background: #fff; }
header button { min-width: 24px; min-height: 24px; }
.skip { position: absolute; left: -99rem; } .skip:focus { left: 0; background: #fff; z-index: 1; }
:focus-visible { outline: 2px solid #1c5fa8; }
main:focus { outline: none; }
pre { width: 200px; overflow-x: auto; }
.katex-mathml { position: absolute; width: 1px; height: 1px; overflow: hidden; }
.katex-base { display: inline-block; width: 100%; }
.wide { width: 3000px; } .hidden { display: none; }
"""
AT: dict[str, Any] = {"width": 1280}
BARE = AT | {"java_script_enabled": False}
REST = AT | {"reduced_motion": "reduce"}
OPTIONS: dict[Check, Any] = {shows_without_scripts: BARE, is_still: REST, goes_by_keyboard: REST}
CHAPTER = "chapters/one.html"
ARGUMENTS: dict[Check, Any] = {shows_without_scripts: [[CHAPTER]], lands: [["one"]]}
SCRIPT = "// none"
LONG = "document.body.style.height = '9000px';"
AGAIN = """if (performance.getEntriesByType("navigation")[0].type === "back_forward")
  onload = () => setTimeout(() => scrollTo(0, 9), 20);"""
DARK = "@media (prefers-color-scheme: dark) { body { background: #222 } }"
HEADING = "<h1>A sample</h1>"


FORMULA = "<p>Folded"


def broken(*boxes: str) -> str:
    """A formula of which each box is as wide as the page."""
    parts = "".join(f'<b class="katex-base">{box}</b>' for box in boxes)
    return (
        '<p><span class="katex"><span class="katex-mathml"><math></math></span>'
        f'<span class="katex-html" aria-hidden="true">{parts}</span></span>'
    )


def faults_of_sample(
    browser: Browser, root: Path, check: Check, changes: Iterable[tuple[str, str]]
) -> list[str]:
    files = {"index.html": SAMPLE, "sample.css": STYLE, "sample.js": SCRIPT}
    for old, new in changes:
        assert any(old in text for text in files.values())
        files = {name: text.replace(old, new) for name, text in files.items()}
    for name, text in files.items():
        (root / name).write_text(text, "utf-8")
    with (
        serving(root, "/adam/") as address,
        visiting(browser, (address, address + "index.html"), **OPTIONS.get(check, AT)) as visit,
    ):
        return list(check(visit, *ARGUMENTS.get(check, [])))


CHECKED = [
    *LOOKS,
    contrast,
    lands,
    keeps,
    shows_without_scripts,
    is_more_than_code,
    is_still,
    goes_by_keyboard,
]


@pytest.mark.parametrize("check", CHECKED, ids=lambda check: check.__name__)
def test_the_sample_is_good(browser: Browser, tmp_path: Path, check: Check) -> None:
    assert faults_of_sample(browser, tmp_path, check, []) == []


@pytest.mark.parametrize(
    ("check", "old", "new", "says"),
    [
        (loads, HEADING, '<img src="none.png" alt="">', "status 404"),
        (loads, HEADING, '<img src="/none.png" alt="">', "asks elsewhere"),
        (loads, HEADING, "<script>1</script>", "Executing inline script"),
        (loads, HEADING, '<p style="color: red">', "Applying inline style"),
        (loads, SCRIPT, "console.error('broken')", "console: broken"),
        (loads, SCRIPT, "undefinedName()", "script error"),
        (loads, SCRIPT, "fetch('https://name.example/')", "console: "),
        (layout, SCRIPT, "setTimeout(() => document.body.prepend('a '.repeat(999)), 99)", "shifts"),
        (layout, HEADING, '<p class="wide">Wide</p>', "scrolls sideways, to 3000: p.wide"),
        (contrast, "color: #222", "color: #888", "text in rgb(136, 136, 136) of contrast 3.54"),
        (contrast, 'fill="#333">', 'fill="#888">', "3.54, at least 4.5: text"),
        (contrast, 'stroke="#1f77b4"', 'stroke="#bbb"', "a shape in rgb(187, 187, 187)"),
        (contrast, 'stroke="#333"', 'stroke="#ccc"', "a shape in rgb(204, 204, 204) and"),
        (
            contrast_in_both_schemes,
            ".wide {",
            f"{DARK} .wide {{",
            "text in rgb(34, 34, 34) of contrast 1.00",
        ),
        (contrast, ".wide {", "details a { color: #ddd } .wide {", "contrast 1.36"),
        (lines_break_well, FORMULA, broken("(a", "b)"), "broken inside parentheses"),
        (lines_break_well, FORMULA, broken("a", "b") + ", c", "a line begins with ,"),
        (figures_fit, 'x="60"', 'x="170"', "outside its figure: text"),
        (figures_fit, 'y="90"', 'y="105"', "outside its figure"),
        (rules, ">Menu<", "><", "axe button-name"),
        (rules, HEADING, '<h1>A sample</h1><img src="none.png">', "axe image-alt"),
        (rules, "<h1>A sample</h1>", "<h2>A sample</h2>", "axe page-has-heading-one"),
        (rules, "color: #222", "color: #888", "axe color-contrast"),
        (rules, ' lang="en"', "", "axe html-has-lang"),
        (is_more_than_code, HEADING, f'<p class="cell_input">{"1<br>" * 99}</p>', "is code"),
        (is_more_than_code, HEADING, f'<p class="listing">{"1<br>" * 99}</p>', "is code"),
        (is_more_than_code, "main:focus {", "svg { margin-top: 1600px; } b {", "first picture"),
        (is_still, "main:focus {", "a { transition: color 0.2s; } b {", "transitionDuration 0.2s"),
        (is_still, "main:focus {", "a::after { animation: 1s x; } b {", "animationDuration 1s"),
        (is_still, "main:focus {", "html { scroll-behavior: smooth; } b {", "scrollBehavior"),
        (lines_are_numbered, HEADING, "<p>As line 2.1 says, and line 2.3.</p>", "the number 2.1"),
        (lands, SCRIPT, LONG + "addEventListener('hashchange', () => scrollBy(0, 9))", "9 pixels"),
        (
            lands,
            SCRIPT,
            LONG + "if (location.hash) onload = () => scrollTo(0, 9)",
            "by its address",
        ),
        (lands, SCRIPT, LONG + "setInterval(() => scrollTo(0, 99 * Math.random()), 9)", "to rest"),
        (keeps, SCRIPT, LONG + "history.scrollRestoration = 'manual'", "a reload moves"),
        (keeps, SCRIPT, LONG + AGAIN, "coming back moves"),
        (shows_without_scripts, '<svg class="', '<svg class="hidden ', "does not show: svg"),
        (shows_without_scripts, 'katex-html"', 'katex-html hidden"', "does not show: span"),
        (shows_without_scripts, "<math><mi>x</mi></math>", "x", "formula without MathML"),
        (shows_without_scripts, ' class="katex-html"', "", "formula without MathML or boxes"),
        (shows_without_scripts, "<summary>", '<summary class="hidden">', "cannot be unfolded"),
        (shows_without_scripts, '<p id="one">', '<p id="one" class="hidden">', "does not show: p"),
        (shows_without_scripts, 'popovertarget="menu"', "", "no link to"),
        (shows_without_scripts, CHAPTER, "chapters/two.html", "no link to"),
        (goes_by_keyboard, 'class="skip" href="#main-content"', 'href="#one"', "first stop"),
        (goes_by_keyboard, ' tabindex="-1"', "", "leaves the focus"),
        (goes_by_keyboard, "outline: 2px", "outline: 0", 'the focus: a "Home"'),
        (
            goes_by_keyboard,
            "<p>Folded",
            '<p tabindex="-1"><button tabindex="-1">x</button>',
            "by Tab",
        ),
        (goes_by_keyboard, ".skip:focus {", "b {", "focus outside the window: a.skip"),
        (goes_by_keyboard, "main:focus {", "pre { opacity: 0; } b {", "does not show: pre"),
        (goes_by_keyboard, "z-index: 1", "z-index: -1", "under something else: a.skip"),
        (
            goes_by_keyboard,
            SCRIPT,
            "addEventListener('keydown', e => document.activeElement.tagName == 'PRE' "
            "&& e.preventDefault())",
            "turns back to pre",
        ),
        (goes_by_keyboard, "nav id=", "nav inert id=", "is left before its link 1"),
        (goes_by_keyboard, "popover aria", 'popover="manual" aria', "Escape does not close"),
        (goes_by_keyboard, 'popovertarget="menu"', 'popovertarget="no"', "does not open the menu"),
        (weight, SCRIPT, "".join(f"// {n**9}\n" for n in range(30_000)), "sample.js"),
    ],
)
def test_a_planted_fault_is_found(
    browser: Browser, tmp_path: Path, check: Check, old: str, new: str, says: str
) -> None:
    faults = faults_of_sample(browser, tmp_path, check, [(old, new)])
    assert any(says in fault for fault in faults), faults
