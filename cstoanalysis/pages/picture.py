"""A figure as a PNG to take away, drawn from the SVG of its page: nothing is drawn for it in a run."""

import io
from pathlib import Path
from xml.etree import ElementTree

import matplotlib
import resvg_py
from PIL import Image

from cstoanalysis.pages.figure import LIGHT, standalone

MADE_BY = resvg_py.__version__ + Path(__file__).read_text("utf-8")
_WIDTH = 1000  # pixels
_COLOURS = 32  # with no dithering, a chart needs no more and has a third of the size
_FONTS = Path(matplotlib.get_data_path()) / "fonts" / "ttf"


def to_png(picture: str) -> bytes:
    """A picture that stands in a page, in the colours of the light, on an opaque ground.

    Its letters come from matplotlib's own fonts: the same wherever it is drawn.
    """
    root = ElementTree.fromstring(standalone(picture))
    for name in ("width", "height"):
        root.attrib.pop(name, None)
    alone = ElementTree.tostring(root, encoding="unicode")
    colours = dict(pair.split(":") for pair in LIGHT.split(";"))
    for name, colour in colours.items():
        alone = alone.replace("currentColor" if name == "color" else f"var({name})", colour)
    drawn = resvg_py.svg_to_bytes(
        svg_string=alone,
        background=colours["--ground"],
        width=_WIDTH,
        skip_system_fonts=True,
        font_family="DejaVu Sans",
        font_files=[str(_FONTS / f"DejaVuSans{kind}.ttf") for kind in ("", "-Bold", "-Oblique")],
    )
    few = Image.open(io.BytesIO(drawn)).convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE)
    written = io.BytesIO()
    few.save(written, "PNG", optimize=True)
    return written.getvalue()
