"""Sixty outputs that want to run, load or lead away, in a browser, with the page's policy taken out."""

import base64
import re

import bleach
import nbconvert
import pytest
from nbformat.v4 import new_output
from pages_for_tests import executed, soup

from cstoanalysis.descriptor import FIGURE, PAGE, TABLE, VALUE
from cstoanalysis.pages.page import to_page

DO, FAR = "window.hacked=1", "https://example.org/"
HTML = [
    f"<script>{DO}</script>",
    f"<SCRIPT SRC={FAR}x.js></SCRIPT>",
    f"<scr<script>ipt>{DO}</scr</script>ipt>",
    f"<img src=x onerror={DO}>",
    f"<img src='data:image/svg+xml;base64,PHN2Zz4=' onload={DO}>",
    f"<img src={FAR}x.png>",
    f"<img srcset='{FAR}x.png 1x'>",
    f"<picture><source srcset={FAR}x.png><img></picture>",
    f"<body onload={DO}>text</body>",
    f"<div onmouseover={DO} style='position:fixed;inset:0'>over</div>",
    f"<a href='javascript:{DO}'>link</a>",
    f"<a href=' jAvA&#x09;script:{DO}'>link</a>",
    f"<a href='data:text/html,<script>{DO}</script>'>link</a>",
    f"<a href='vbscript:{DO}'>link</a>",
    f"<div style='background:URL({FAR}x.png)'>styled</div>",
    f"<div style='background-image:u\\72l({FAR}x.png)'>styled</div>",
    f"<style>@import '{FAR}x.css'; body {{ background: URL({FAR}x.png) }}</style>",
    f"<link rel=stylesheet href={FAR}x.css>",
    f"<meta http-equiv=refresh content='0;url={FAR}'>",
    f"<base href={FAR}>",
    f"<iframe src={FAR}></iframe><iframe srcdoc='<script>parent.{DO}</script>'></iframe>",
    f"<object data={FAR}></object><embed src={FAR}>",
    f"<form action={FAR}><input autofocus onfocus={DO}><button>Go</button></form>",
    f"<video src={FAR}x.mp4 autoplay></video><audio src={FAR}x.ogg autoplay></audio>",
    f"<details open ontoggle={DO}><summary>More</summary></details>",
    f"<svg onload={DO}><script>{DO}</script></svg>",
    f"<svg><a xlink:href='javascript:{DO}'><text y=20>click</text></a></svg>",
    f"<svg><image href={FAR}x.png /><use href={FAR}x.svg#a /></svg>",
    f"<svg><animate attributeName=href values='javascript:{DO}' /></svg>",
    f"<math><mtext><table><mglyph><style><!--</style><img src=x onerror={DO}>",
    f"<math href='javascript:{DO}'><mtext>click</mtext></math>",
    f"<noscript><p title='</noscript><img src=x onerror={DO}>'></noscript>",
    f"<textarea><img title='</textarea><img src=x onerror={DO}>'></textarea>",
    f"<!-- --!><img src=x onerror={DO}> -->",
    f"<![CDATA[><img src=x onerror={DO}>]]>",
    f"<template><img src=x onerror={DO}></template><x-a onclick={DO}>own</x-a>",
    "<p id=csto-page><p id=main name=hacked><a id=hacked href=tel:1>clobber</a>",
    f"</main></div></body><script>{DO}</script>",
    f"<table background={FAR}x.png><td background={FAR}y.png>cell",
    f"<marquee onstart={DO}>old</marquee><isindex action=javascript:{DO} type=image>",
]
DRAWINGS = [
    f"<script>{DO}</script>",
    f"<g onclick='{DO}'><path d='M 0 0 L 9 9'/></g>",
    f"<path d='M 0 0' style='fill: URL({FAR}x)'/>",
    f"<path d='M 0 0' style='{FAR}: red; -moz-binding: x'/>",
    f"<path d='M 0 0' style='fill: red&quot; onload=&quot;{DO}'/>",
    f"<image href='{FAR}x.png' width='1' height='1'/>",
    f"<use href='{FAR}x.svg#a'/>",
    f"<foreignObject><img xmlns='http://www.w3.org/1999/xhtml' src='{FAR}x.png'/></foreignObject>",
    f"<a href='javascript:{DO}'><text y='9'>click</text></a>",
    "<path d='M inf nan L 1e999 0'/>",
    f"<style>@import '{FAR}x.css';</style><set attributeName='onload' to='{DO}'/>",
]
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9pt" height="9pt" viewBox="0 0 9 9">{}</svg>'
TEXT = f'"><img src=x onerror={DO}><script>{DO}</script>'
PNG = base64.b64encode(b"no picture").decode()
SIZES = {"image/png": {"width": f'1" onerror="{DO}', "height": f"1 onerror={DO}"}}


def bundles() -> list:
    """Each hostile thing as an output of a cell."""
    found = [{"text/html": html, "text/plain": "plain"} for html in HTML]
    found += [{"image/svg+xml": SVG.format(inside)} for inside in DRAWINGS]
    figure = {
        "number": 1,
        "svg": SVG.format(DRAWINGS[0]),
        "caption": TEXT,
        "alt": TEXT,
        "source": TEXT,
    }
    figure["data"] = {"rows": 1, "csv": f"{TEXT}\n"}
    column = {"name": TEXT, "kind": "text", "digits": 1}
    found += [
        {FIGURE: figure, "text/html": TEXT},
        {TABLE: {"number": 1, "caption": TEXT, "columns": [column], "rows": [[TEXT]]}},
        {VALUE: {"name": "x", "value": TEXT, "unit": TEXT, "headline": True, "reference": TEXT}},
        {"text/markdown": f"[a](javascript:{DO}) ![b]({FAR}x.png) {TEXT} <img src=x onerror={DO}>"},
        {
            "text/latex": f"$\\href{{javascript:{DO}}}{{x}} \\text{{{TEXT}}} \\style{{x:URL({FAR})}}{{y}}$"
        },
        {"application/javascript": DO, "text/plain": "a script"},
        {"application/vnd.jupyter.widget-view+json": {"model_id": "x"}, "text/html": HTML[0]},
        {"image/png": PNG},
        {"text/plain": f"\x1b[31m{TEXT}\x1b]8;;javascript:{DO}\x07"},
    ]
    return found


def test_sixty_kinds():
    """As many as are promised."""
    assert len(bundles()) == 60


@pytest.mark.parametrize("batch", range(6))
def test_nothing_runs_loads_or_leads_away(batch, chromium):
    """No request, no navigation, no dialog, no handler, though no policy forbids any."""
    outputs = [
        new_output("display_data", data=data, metadata=SIZES if "image/png" in data else {})
        for data in bundles()[batch::6]
    ]
    text = to_page(executed(outputs=outputs, title=f"Is it ![x]({FAR}x.png) {TEXT}?"), "t.ipynb")
    page = re.sub(r"<meta http-equiv=.Content-Security-Policy.[^>]*>", "", text)
    assert page != text
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    tab = context.new_page()
    asked, said = [], []
    tab.route("**/*", lambda route: asked.append(route.request.url) or route.abort())
    tab.on("dialog", lambda dialog: said.append(dialog.message) or dialog.dismiss())
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.set_content(page)
    tab.eval_on_selector_all("details", "all => all.forEach(d => d.open = true)")
    own = "main a:not([href^='http']):not([download]):not([href$='.html'])"
    tab.eval_on_selector_all(own, "all => all.forEach(a => a.click())")
    tab.eval_on_selector_all(
        "main *", "all => all.forEach(e => e.dispatchEvent(new Event('click')))"
    )
    tab.mouse.move(640, 450)
    tab.wait_for_timeout(100)
    assert [url for url in asked if not url.startswith("data:")] == []
    assert said == []
    assert tab.evaluate("window.hacked") is None
    assert tab.url.partition("#")[0] == "about:blank"
    handlers = "all => all.flatMap(e => e.getAttributeNames().filter(n => n.startsWith('on')))"
    assert tab.eval_on_selector_all("*", handlers) == []
    assert tab.eval_on_selector_all("body [style]", "all => all.map(e => e.outerHTML)") == []
    bad = "iframe, object, embed, base, form, input, body link, video, main style, main script, svg image"
    assert tab.locator(bad).count() == 0
    assert tab.locator("body > footer").is_visible()
    context.close()


def test_what_is_left_out_leaves_one_line():
    """Never its source; text around it stays."""
    html = "<p>Before.</p><button>Go</button><p>After.</p>"
    outputs = [
        new_output("display_data", data={"text/html": html}),
        new_output(
            "display_data", data={"text/html": HTML[0], "application/vnd.plotly.v1+json": {}}
        ),
    ]
    found = soup(to_page(executed(outputs=outputs), "t.ipynb"))
    assert (
        "Before." in found.main.get_text()
        and "(a button is left out here)" in found.main.get_text()
    )
    assert [p.get_text()[:33] for p in found.select(".left-out")] == [
        "An interactive output is left out"
    ]
    assert "hacked" not in found.main.get_text()


def test_bleach_is_still_what_nbconvert_brings():
    """It gets no new features. When nbconvert goes over to another sanitizer, so do we."""
    names = {re.match(r"[\w-]+", need)[0] for need in nbconvert_requires()}
    assert "bleach" in names, "nbconvert has another sanitizer now: take that one in pages/tree.py"
    assert bleach.__version__ and nbconvert.__version__ and PAGE


def nbconvert_requires() -> list[str]:
    """What nbconvert needs."""
    from importlib.metadata import requires

    return requires("nbconvert")
