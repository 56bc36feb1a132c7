"""Executed notebooks made up for tests of pages: no kernel is started for them."""

import matplotlib.pyplot as plt
import pandas as pd
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

import cstoanalysis as csto
from cstoanalysis import checks, show, sources
from cstoanalysis.run.notebook import with_values

# What a page may meet in a parameter or in a cell of a table.
HOSTILE = [
    "<script>window.hacked = 1</script>",
    "</script><script>window.hacked = 1</script>",
    "</style><script>window.hacked = 1</script>",
    "</title></head><body onload=window.hacked=1>",
    "--><img src=x onerror=window.hacked=1>",
    "<img src=x onerror=window.hacked=1>",
    "<svg onload=window.hacked=1><circle r=9 /></svg>",
    '"><svg/onload=window.hacked=1>',
    "' onmouseover='window.hacked=1",
    '" autofocus onfocus="window.hacked=1" tabindex="1',
    "javascript:window.hacked=1",
    "[a link](javascript:window.hacked=1)",
    "![a picture](https://example.org/x.png)",
    "<a href='javascript:window.hacked=1'>a link</a>",
    "<iframe srcdoc='<script>parent.hacked=1</script>'></iframe>",
    "<meta http-equiv=refresh content='0;url=https://example.org/'>",
    "<base href=https://example.org/><link rel=stylesheet href=//example.org/x.css>",
    "<style>* { display: none }</style>",
    "</main></div></body></html>",
    "<!-- contents --><!-- parts -->",
    "{{7*7}} {% raw %} {{ self.__init__ }} {#",
    "]]><![CDATA[<script>window.hacked=1</script>",
    "\u202eesrever\u2066 and \u200fmore\u202c",
    "null",
    "NaN None undefined \\ \\N {} % $x^2$ # & ~ _ @misc{x, title={}}",
    "ER  - \nTY  - BOOK\r\nTI  - another",
    "\x00\x07\x1b[31mred\x7f\x85\u2028",
    "\ud800 half a letter",
    "W" * 5000,
    "# A heading\n\n## And [another](https://example.org/)\n\n```\nunfinished",
]
PARAMETERS = "as_of: str = '2026-02'  # the day asked for\nyears: list = [1, 2]  # some years"


def shown(call) -> list:
    """Outputs that a call displays, as a kernel would keep them."""
    outputs, modules = [], (show, sources)
    kept = [module.display for module in modules]

    def display(data, raw=False):
        bundle = data if raw else {"text/markdown": data.data}
        outputs.append(new_output("display_data", data=bundle))

    try:
        for module in modules:
            module.display = display
        call()
    finally:
        for module, original in zip(modules, kept, strict=True):
            module.display = original
    return outputs


def figure(text: str, number: int = 1, data=None) -> list:
    """A figure that says a text wherever a figure says something."""

    def draw():
        csto.use_style()
        fig, ax = plt.subplots(figsize=(4, 2))
        ax.plot([1, 2, 3], [1, 3, 2], "o-")
        ax.set_title("$ 5 " + "".join(c for c in text if c.isprintable() and c not in "$\\")[:40])
        csto.show_figure(fig, number, text, text, text, data=data)

    return shown(draw)


def executed(values=None, outputs=(), title="Is this a test?", used=None, checked=dict) -> dict:
    """A notebook as a kernel would have left it, with parameters, outputs and a citation.

    ``checked`` is what its checks cell does.
    """
    source = new_notebook(
        cells=[
            new_markdown_cell(f"# {title}\n\nA question, **asked**."),
            new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]}),
            new_markdown_cell("## Section one\n\nProse."),
            new_code_cell("show()", outputs=list(outputs)),
            new_markdown_cell("## Cite this page"),
        ]
    )
    spells = csto.load_membership_spells("CSTO")
    tables = used or {"membership_spells": spells}
    checks._held.clear()  # as in a kernel of its own
    checked()
    cite = shown(lambda: csto.cite_page(tables))
    source.cells.append(new_code_cell("csto.cite_page(...)", outputs=cite))
    return with_values(source, values or {})


def hostile_notebook() -> dict:
    """All hostile texts at once: as parameters, cells, captions, prose, published values."""
    cells = [text.replace("\ud800", "?") for text in HOSTILE]  # no table can hold half a letter
    frame = pd.DataFrame({"text": cells, "number": range(len(cells)), "<b>head</b>": cells})
    outputs = figure("\n".join(cells), data=frame)
    outputs += shown(lambda: csto.show_table(frame, 1, " ".join(cells)))
    for text in HOSTILE:
        outputs += shown(lambda text=text: csto.show_text(f"- The value is {text}."))
        outputs.append(new_output("stream", text=text + "\n"))
    outputs += shown(lambda: csto.publish("worst", HOSTILE[1]))
    outputs += shown(lambda: csto.publish("answer", f"It is {HOSTILE[0]} and {HOSTILE[22]}."))
    outputs.append(new_output("display_data", data={"text/html": frame.to_html(escape=False)}))
    outputs.append(new_output("display_data", data={"text/html": "\n".join(HOSTILE)}))
    script = {"application/javascript": "window.hacked = 1", "text/plain": "a script"}
    outputs.append(new_output("display_data", data=script))
    drawing = {"image/svg+xml": HOSTILE[6], "text/plain": "a drawing"}
    outputs.append(new_output("display_data", data=drawing))
    values = {"as_of": HOSTILE[0], "years": HOSTILE}
    values |= {f"unknown_{number}": text for number, text in enumerate(HOSTILE)}
    return executed(values, outputs, title=f"Is {HOSTILE[0]} & {HOSTILE[21]} safe?")


def soup(page: str) -> BeautifulSoup:
    """The page's elements."""
    return BeautifulSoup(page, "html.parser")
