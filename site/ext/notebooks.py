"""The executed notebook of each page with code, for download.

myst-nb keeps what it executed. From there it goes into the site, as
``notebooks/<page>.ipynb``, without what changes from one build to the next or
is of use to the builder alone. A template finds its address in ``notebook``.
"""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Any

from docutils import nodes
from page import page_address
from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

METADATA = {
    "kernelspec": {
        "display_name": "Python 3",
        "language": "python",
        "name": "python3",
    },
    "language_info": {"name": "python"},
}


def introduction(title: str, page: str, repository: str) -> str:
    """Where the notebook is from, and what it needs in order to run."""
    page = f"[{title}]({page})" if page else f"*{title}*"
    folder = "the book's folder"
    folder = f"[{folder}]({repository})" if repository else folder
    return (
        f"This is the page {page} of *Adam, Derived*, as it was executed when "
        "the book was built.\n\n"
        f"To run it, take {folder}, which has the library `adamlib` (the "
        "package of that name on the index is an unrelated one). In it, "
        "`make lab` sets up `.venv` and opens JupyterLab. Without "
        "jupyterlab-myst, directives and references show as they are written."
    )


def guard(cells: list[dict[str, Any]], repository: str) -> dict[str, Any]:
    """A cell that says what is missing where the imports of others fail."""
    code = "\n".join(
        "".join(cell["source"])
        for cell in cells
        if cell["cell_type"] == "code"
    )
    studies = re.search(r"^(from|import) studies\b", code, re.MULTILINE)
    where = f" ({repository})" if repository else ""
    source = f"""\
try:  # the adamlib of the index has no ema_weights
    from adamlib import ema_weights{"; import studies" * bool(studies)}
except ImportError as error:
    raise ModuleNotFoundError(
        f"{{error}}. This page reads adamlib"
        "{" and studies" * bool(studies)} of the book Adam, Derived{where}. "
        "Take the book's folder, type `make lab` in it, and open the page or "
        "this notebook there."
    ) from None"""
    return {
        "cell_type": "code",
        "execution_count": 0,
        "metadata": {"tags": ["hide-input"]},
        "outputs": [],
        "source": source,
    }


def image(markup: str) -> str:
    """The same SVG as an image, on white; other HTML as it is.

    From a notebook that someone else ran, Jupyter takes SVG elements out.
    """
    if not markup.startswith("<svg "):
        return markup
    style = 'style="color:#222;background:#fff"'
    svg = markup.replace("<svg ", f"<svg {style} ", 1).encode()
    title = re.search("<title[^>]*>(.*?)</title>", markup, re.DOTALL)
    return (
        f'<img alt="{title[1] if title else ""}" '
        f'src="data:image/svg+xml;base64,{base64.b64encode(svg).decode()}">'
    )


def tidy(notebook: dict[str, Any], first: str) -> dict[str, Any]:
    """The cells of a notebook after a first one, and captions as cells.

    A caption is metadata of the cell that draws, which only the site shows.
    """
    cells = [_text(first)]
    for cell in notebook["cells"]:
        metadata = cell["metadata"]
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if "text/html" in data:
                data["text/html"] = image("".join(data["text/html"]))
        folded = "hide-input" in metadata.get("tags", [])
        kept = {"jupyter": {"source_hidden": True}} if folded else {}
        cells.append({**cell, "metadata": kept})
        if figure := metadata.get("mystnb", {}).get("figure"):
            cells.append(_text(f"`{figure['name']}`: {figure['caption']}"))
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    return {
        "cells": cells,
        "metadata": METADATA,
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def _text(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def has_code(doctree: nodes.document) -> bool:
    """Whether a cell of the page runs."""
    cells = doctree.findall(nodes.container)
    return any(cell.get("nb_element") == "cell_code" for cell in cells)


def add_notebook(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Write the notebook together with the page that offers it."""
    if doctree is None or not has_code(doctree):
        return
    executed = Path(app.outdir).parent / f"jupyter_execute/{pagename}.ipynb"
    first = introduction(
        app.env.titles[pagename].astext(),
        page_address(app.config.html_baseurl, pagename),
        context["repository"],
    )
    notebook = json.loads(executed.read_text(encoding="utf-8"))
    cells = notebook["cells"]
    cells.insert(0, guard(cells, context["repository"]))
    notebook = tidy(notebook, first)
    name = f"notebooks/{Path(pagename).name}.ipynb"
    path = Path(app.outdir) / name
    path.parent.mkdir(exist_ok=True)
    text = json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True)
    path.write_text(text + "\n", encoding="utf-8")
    context["notebook"] = context["pathto"](name, resource=True)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Connect it."""
    app.connect("html-page-context", add_notebook)
    return {
        "version": "1",
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
