"""Fewer tags in a PDF that Chromium has printed, with the same meaning.

Chromium gives every run of text, so every symbol of a formula and every word
of code, a tag of its own that means nothing (`NonStruct`). They are most of
the file. Here the tag around them takes over what they hold.
"""

from __future__ import annotations

import io
from typing import Any

from pypdf import PdfWriter
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    IndirectObject,
    NameObject,
    NumberObject,
)

# Tags that hold blocks: text between two blocks stays apart from both.
OUTER = {"/Document", "/Art", "/NonStruct"}


def held(tag: Any) -> list[Any]:
    """What a tag holds: references to tags, and pieces of pages."""
    inside = tag.raw_get("/K") if "/K" in tag else ArrayObject()
    array = inside.get_object()
    return list(array) if isinstance(array, ArrayObject) else [inside]


def is_tag(child: Any) -> bool:
    """Whether it is a tag and no piece of a page."""
    found: Any = child.get_object()
    return isinstance(child, IndirectObject) and "/S" in found


def is_leaf(child: Any) -> bool:
    """Whether it is a tag that says nothing about its text."""
    tag: Any = child.get_object()
    return (
        is_tag(child)
        and tag["/S"] == "/NonStruct"
        and not any(map(is_tag, held(tag)))
    )


def pieces(leaf: Any, tag: Any) -> list[Any]:
    """What a leaf holds, as the tag around it must refer to it."""
    if "/Pg" not in leaf:
        return held(leaf)
    page = leaf.raw_get("/Pg")
    if "/Pg" not in tag:
        tag[NameObject("/Pg")] = page
    if tag.raw_get("/Pg") == page:
        return held(leaf)  # a number alone is one on the tag's own page
    return [
        DictionaryObject(
            {
                NameObject("/Type"): NameObject("/MCR"),
                NameObject("/Pg"): page,
                NameObject("/MCID"): part,
            }
        )
        if isinstance(part, NumberObject)
        else part
        for part in held(leaf)
    ]


def dissolve(
    reference: IndirectObject, owners: dict[int, IndirectObject]
) -> None:
    """Take over what the leaves below a tag hold, and note who took it."""
    tag: Any = reference.get_object()
    inside = held(tag)
    tags = [child for child in inside if is_tag(child)]
    for child in tags:
        dissolve(child, owners)
    if tag["/S"] in OUTER and not all(map(is_leaf, tags)):
        return
    new = ArrayObject()
    for child in inside:
        if is_leaf(child):
            owners[child.idnum] = reference
            new.extend(pieces(child.get_object(), tag))
        else:
            new.append(child)
    tag[NameObject("/K")] = new


def simplify(writer: PdfWriter) -> PdfWriter:
    """Return the document without its leaves."""
    root: Any = writer.root_object["/StructTreeRoot"]
    owners: dict[int, IndirectObject] = {}
    for child in held(root):
        dissolve(child, owners)
    # The pages tell by number, this table by reference, whose a piece is.
    for entry in root["/ParentTree"]["/Nums"][1::2]:
        array = entry.get_object()
        if isinstance(array, ArrayObject):
            for place, owner in enumerate(array):
                while owner.get_object() and owner.idnum in owners:
                    owner = owners[owner.idnum]
                array[place] = owner
    written = io.BytesIO()
    writer.write(written)
    return PdfWriter(clone_from=written)  # a copy takes what is in use
