"""A page without a fault, and its reference: tests plant faults in them."""

from nbformat import NotebookNode
from nbformat.v4 import new_output
from pages import Page
from references import code_cells, read, tidy

GOOD = Page(
    name="sample",
    part="Part I",
    text="""\
---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

# A sample

$$
1 + 1 = 2
$$ (eq-sample)

```{code-cell} ipython3
import numpy as np
from adamlib import Adam, figures

noise = np.random.default_rng(1).normal(size=3)
print([Adam for Adam in noise.round(3)])
```

The library's formula `adam`:

```{literalinclude} ../adamlib/formulas.py
:pyobject: adam
```

{numref}`fig-sample-line` says it.

```{code-cell} ipython3
---
mystnb:
  figure:
    caption: A line.
    name: fig-sample-line
---
fig, ax = figures.axes()
ax.plot([0, 1])
figures.show(fig, "A line.")
```

**What to remember.** Little.

```{exercise-start} One
:label: ex-one
```
Run it.
```{exercise-end}
```

```{solution-start} ex-one
:class: dropdown
```
```{code-cell} ipython3
assert 1 + 1 == 2
```
```{solution-end}
```

:::{exercise} Two
:class: dropdown
:label: ex-two
Why?
:::

:::{solution} ex-two
So.
:::

:::{exercise} Three
:label: ex-three
Who?
:::

:::{solution} ex-three
You.
:::
""",
)
FIGURE = (
    "<svg></svg>",
    "A line.\naxes 1: '0.25', x '' [linear, 0 to 0.125], y ''\n"
    "  line [blue]: 2 values, first 0, last 0.375, 12345678",
)
LAST = "assert 1 + 1 == 2"  # the sample's last code cell, to be replaced by others


def good_reference() -> NotebookNode:
    notebook = tidy(read(GOOD.text))
    for number, cell in enumerate(code_cells(notebook)):
        cell.execution_count = number + 1
    printing, drawing, _ = code_cells(notebook)
    printing.outputs = [new_output("stream", name="stdout", text="[0.346, 0.822, 0.33]\n")]
    figure = dict(zip(("text/html", "text/plain"), FIGURE, strict=True))
    drawing.outputs = [new_output("display_data", data=figure)]
    return notebook
