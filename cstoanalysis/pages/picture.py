"""A figure as a file to take away: the SVG of its page, and a PNG made from it; a run draws neither."""

import io
from pathlib import Path
from xml.etree import ElementTree

import matplotlib
import resvg_py
from PIL import Image

MADE_BY = resvg_py.__version__ + Path(__file__).read_text("utf-8")
_WIDTH = 1000  # pixels
_COLOURS = 32  # with no dithering, a chart needs no more and has a third of the size
_FONT = "DejaVu Sans"
_FONTS = Path(matplotlib.get_data_path()) / "fonts" / "ttf"

LIGHT = (
    "color:#1f2328;--muted:#63696f;--faint:#d4d7da;--ground:#fdfdfb;--land:#eceae4;--coast:#c9c6bd"
    ";--red:#bd1f01;--red-ink:#bd1f01;--accent:#b3501b"
)
DARK = (
    "color:#e4e6e8;--muted:#a8afb7;--faint:#3b4148;--ground:#16191d;--land:#262b31;--coast:#454c54"
    ";--red:#d4301a;--red-ink:#f0634a;--accent:#e08a4f"
)
# Of a file of its own: as in page.css, which gives these where the figure stands in a page.
_STANDALONE = f"<style>svg{{{LIGHT}}}@media(prefers-color-scheme:dark){{svg{{{DARK}}}}}</style>"


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
