"""A figure as a file to take away: the SVG of its page, and a PNG made from it; a run draws neither."""

import io
import re
from pathlib import Path
from xml.etree import ElementTree

import matplotlib
import resvg_py
from PIL import Image

from cstoanalysis.pages.render import part

_WIDTH = 1000  # pixels
_COLOURS = 32  # with no dithering, a chart needs no more and has a third of the size
_FONT = "DejaVu Sans"
_FONTS = Path(matplotlib.get_data_path()) / "fonts" / "ttf"

_NAMES = "muted faint ground land coast red red-ink accent".split()


def _colours(css: str) -> str:
    """What a style sheet first says of the ink and of what figures are drawn with."""
    found = dict(reversed(re.findall(r"--([\w-]+):(#\w+)", css)))
    return ";".join([f"color:{found['ink']}", *(f"--{name}:{found[name]}" for name in _NAMES)])


LIGHT, DARK = map(_colours, part("page.css").split("@media (prefers-color-scheme:dark)")[:2])
# Of a file of its own: page.css gives these where the figure stands in a page.
_STANDALONE = f"<style>svg{{{LIGHT}}}@media(prefers-color-scheme:dark){{svg{{{DARK}}}}}</style>"
MADE_BY = resvg_py.__version__ + Path(__file__).read_text("utf-8") + _STANDALONE


def standalone(picture: str) -> str:
    """A file of its own from a picture that stands in a page."""
    space = ' xmlns="http://www.w3.org/2000/svg"'
    start, end, rest = picture.partition(">")
    return f"{start}{space}{end}{_STANDALONE}{rest}\n"


def to_png(picture: str) -> bytes:
    """A picture that stands in a page, in the colours of the light, on an opaque ground.

    Its letters come from matplotlib's own fonts: the same wherever it is drawn.
    """
    root = ElementTree.fromstring(standalone(picture))
    for name in ("width", "height"):
        root.attrib.pop(name, None)
    alone = ElementTree.tostring(root, encoding="unicode")
    alone = alone.replace("system-ui,sans-serif", _FONT)
    colours = dict(pair.split(":") for pair in LIGHT.split(";"))
    for name, colour in colours.items():
        alone = alone.replace("currentColor" if name == "color" else f"var({name})", colour)
    drawn = resvg_py.svg_to_bytes(
        svg_string=alone,
        background=colours["--ground"],
        width=_WIDTH,
        skip_system_fonts=True,
        font_family=_FONT,
        font_files=[str(_FONTS / f"DejaVuSans{kind}.ttf") for kind in ("", "-Bold", "-Oblique")],
    )
    few = Image.open(io.BytesIO(drawn)).convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE)
    written = io.BytesIO()
    few.save(written, "PNG", optimize=True)
    return written.getvalue()
