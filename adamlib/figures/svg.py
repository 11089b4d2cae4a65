"""Matplotlib's SVG, made fit to stand in a page.

Matplotlib writes for a file of its own: style attributes and a style element,
the font it measured with, six decimals. Here the same drawing becomes one
small element with plain attributes, which a strict Content-Security-Policy
lets through, in the colours and the font of the page around it.
"""

import re
import unicodedata
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from functools import cache

from matplotlib.font_manager import FontProperties, findfont
from matplotlib.ft2font import FT2Font, LoadFlags

_SVG = "http://www.w3.org/2000/svg"
_XLINK = "http://www.w3.org/1999/xlink"
_PIXELS_PER_POINT = 4 / 3

# What a group hands down to all that is in it.
_INHERITED = {
    "fill",
    "fill-opacity",
    "font-size",
    "font-style",
    "stroke",
    "stroke-dasharray",
    "stroke-dashoffset",
    "stroke-linecap",
    "stroke-linejoin",
    "stroke-opacity",
    "stroke-width",
    "text-anchor",
}


def inline(svg: str, says: str, name: str, colors: Mapping[str, str]) -> str:
    """The SVG as an element whose title is `says` and whose ids are `name`'s.

    Where a key of `colors` is a colour, its value is written instead. A
    formula in a group with the id "middle" or "end" is anchored there.
    """
    root = ET.fromstring(svg)
    for element in root.iter():
        element.tag = element.tag.removeprefix(f"{{{_SVG}}}")
        _plain(element, colors)
    for group in root.iter("g"):
        for formula in group.findall("g/text[tspan]"):
            _flow(formula, group.get("id", ""))
    _rename_ids(root, name)
    _gather_definitions(root)
    _prune(root)
    box = root.get("viewBox", "")
    width, height = (float(length) for length in box.split()[2:])
    root.attrib = {
        "xmlns": _SVG,
        "class": "figure",
        "role": "img",
        "aria-labelledby": f"{name}-title",
        "width": _rounded(width * _PIXELS_PER_POINT),
        "height": _rounded(height * _PIXELS_PER_POINT),
        "viewBox": box,
        # Matplotlib says so in a style element, which would rule the page.
        "stroke-linejoin": "round",
        "stroke-linecap": "butt",
    }
    title = ET.Element("title", id=f"{name}-title")
    title.text = says
    root.insert(0, title)
    return ET.tostring(root, encoding="unicode")


def _plain(element: ET.Element, colors: Mapping[str, str]) -> None:
    """Attributes for styles, two decimals, no white space between tags."""
    href = element.attrib.pop(f"{{{_XLINK}}}href", "")
    for declaration in filter(
        None, element.attrib.pop("style", "").split(";")
    ):
        key, _, value = (part.strip() for part in declaration.partition(":"))
        element.set(key, colors.get(value, value).removesuffix("px"))
    for key, value in element.items():
        element.set(key, (_short if key == "d" else _all_rounded)(value))
    if href:
        element.set("href", href)
    if element.get("transform", "").startswith("rotate(-0 "):
        del element.attrib["transform"]
    if element.get("font-style") == "oblique":
        element.set("font-style", "italic")
    # The page's font: the one that was measured may not be there.
    element.attrib.pop("font-family", None)
    if len(element) or element.tag not in ("text", "tspan"):
        element.text = None
    element.tail = None


def _rounded(number: float) -> str:
    return f"{round(number, 2) + 0.0:g}"  # + 0.0 makes -0 a 0


def _all_rounded(value: str) -> str:
    return re.sub(
        r"-?\d+\.\d+(?:e-?\d+)?", lambda m: _rounded(float(m[0])), value
    )


def _short(path: str) -> str:
    """The same path in steps from point to point, in hundredths.

    A step leads from one rounded point to the next, so that no error adds up.
    """
    short, said = "", ""
    here = start = (0, 0)
    for letter, numbers in re.findall(r"([MLQCz])([^MLQCz]*)", path):
        points = [round(100 * float(number)) for number in numbers.split()]
        steps = "".join(
            f" {(number - here[axis % 2]) / 100:.12g}"
            for axis, number in enumerate(points)
        )
        if letter.lower() != said:
            short += letter.lower()
        short += steps if letter.lower() == said else steps.lstrip()
        said = "l" if letter == "M" else letter.lower()  # it goes on as lines
        here = (points[-2], points[-1]) if points else start
        start = here if letter == "M" else start
    return short.replace(" -", "-")


def _flow(formula: ET.Element, anchor: str) -> None:
    """Let a formula run on, whatever the widths of the page's letters.

    Matplotlib gives each letter a place, measured in DejaVu Sans. Of these
    the changes of height are kept, and the gaps that no letter fills.
    """
    letters = sorted(formula, key=lambda letter: float(letter.get("x", "")))
    formula[:] = []
    run, look, end = formula, None, 0.0
    level = float(letters[0].get("y", ""))
    full_size = float(letters[0].get("font-size", ""))
    formula.set("y", _rounded(level))
    for letter in letters:
        if unicodedata.combining(letter.text or ""):  # it joins its letter
            run.text = f"{run.text}{letter.text}"
            continue
        x, y = (float(letter.attrib.pop(axis)) for axis in "xy")
        size = float(letter.get("font-size", ""))
        gap = x - end if abs(x - end) > size / 10 else 0.0
        if gap or (y, letter.attrib) != look:
            look = y, dict(letter.attrib)
            run = ET.SubElement(formula, "tspan", letter.attrib)
            run.text = ""
            for axis, shift in (("dx", gap), ("dy", y - level)):
                if shift:
                    run.set(axis, _rounded(shift))
            if size < full_size:  # 0.7 of it, too small on a phone
                run.set("font-size", _rounded(0.8 * full_size))
            level = y
        run.text = f"{run.text}{letter.text}"
        end = x + _width(letter.text or "", size, letter.get("font-style", ""))
    share = {"middle": 0.5, "end": 1.0}.get(anchor, 0.0)
    formula.set("x", _rounded(share * end))
    if share:
        formula.set("text-anchor", anchor)


@cache
def _width(letter: str, size: float, style: str) -> float:
    """How far DejaVu Sans, in which matplotlib measures, moves on."""
    name = "DejaVu Sans" + (":oblique" if style else "")
    font = FT2Font(findfont(FontProperties(name)))
    font.set_size(size, 72)
    glyph = font.load_char(ord(letter), LoadFlags.NO_HINTING)
    return glyph.linearHoriAdvance / 2**16


def _rename_ids(root: ET.Element, name: str) -> None:
    """Of the ids only those that something refers to, under short names."""
    renamed: dict[str, str] = {}

    def rename(reference: re.Match[str]) -> str:
        return renamed.setdefault(reference[0], f"{name}-{len(renamed)}")

    for element in root.iter():
        for key, value in element.items():
            if key == "href" or value.startswith("url("):
                element.set(key, re.sub(r"(?<=#)[\w-]+", rename, value))
    for element in root.iter():
        if (old := element.attrib.pop("id", "")) in renamed:
            element.set("id", renamed[old])


def _gather_definitions(root: ET.Element) -> None:
    """One place for what is drawn elsewhere, so that groups only draw."""
    definitions = ET.Element("defs")
    for parent in list(root.iter()):
        for child in parent.findall("defs"):
            definitions.extend(child)
            parent.remove(child)
    root.insert(0, definitions)


def _prune(element: ET.Element) -> None:
    """Drop what draws nothing, say once what is shared, open bare groups."""
    for child in element:
        _prune(child)
    element[:] = [child for child in element if not _draws_nothing(child)]
    if element.tag in ("g", "text") and len(element) > 1:
        said = [child.attrib for child in element]
        for key, value in list(said[0].items()):
            shared = all(each.get(key) == value for each in said)
            if shared and key in _INHERITED:
                element.set(key, value)
                for each in said:
                    del each[key]
    opened: list[ET.Element] = []
    for child in element:
        bare = child.tag == "g" and not child.attrib
        opened += child if bare else [child]
    element[:] = opened


def _draws_nothing(element: ET.Element) -> bool:
    if element.tag == "path":
        return element.get("fill") == "none" and "stroke" not in element.attrib
    return element.tag in ("metadata", "style")
