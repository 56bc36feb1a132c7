"""House style: fixed colours of states and organisations, and figures that stay legible on a phone.

A page maps ``INK``, ``MUTED``, ``FAINT``, ``GROUND``, ``LAND``, ``COAST`` and ``ACCENT`` to its own
colours, so that a figure follows light and dark: use them by name for text, axes, grids, gaps, maps
and the subject, and nothing else. The ground of a figure is transparent.
"""

INK, MUTED, FAINT, GROUND = "#222831", "#717581", "#d5d9de", "#fefefe"
LAND, COAST = "#eceae4", "#c9c6bd"

# Ten colours by M. Petroff (2021), told apart under the common colour-vision deficiencies.
BLUE, ORANGE, RED, GREY, PURPLE = "#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6"
BROWN, AMBER, TAN, SLATE, CYAN = "#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd"
NAVY, GREEN, ROSE = "#1d4e89", "#5b8c5a", "#c25b7a"

ACCENT, CONTEXT = RED, GREY  # the subject of a chart, and all that it is compared with

COLOURS = {
    # states that are or were party to the treaty, then powers around them
    "RUS": RED,
    "BLR": PURPLE,
    "KAZ": BLUE,
    "ARM": ORANGE,
    "KGZ": BROWN,
    "TJK": CYAN,
    "UZB": TAN,
    "AZE": AMBER,
    "GEO": SLATE,
    "USA": NAVY,
    "CHN": GREEN,
    "TUR": ROSE,
    # organisations
    "CSTO": RED,
    "NATO": NAVY,
    "CIS": ORANGE,
    "GUAM": SLATE,
    "SCO": GREEN,
    "WTO": BROWN,
    "EAEU": PURPLE,
}

# A page is some 360 px wide on a phone: letters of 11.5 points in a figure of 5.2 inches are 11 px there.
WIDTH, LETTERS = 5.2, 11.5


def colour(key: str) -> str:
    """Colour of a state (``iso3``) or organisation; grey for all that have none of their own."""
    return COLOURS.get(key, GREY)


def use_style(letters: float = 10) -> None:
    """Set the house style for matplotlib: quiet axes, no ground of its own, the same bytes each run.

    Parameters
    ----------
    letters : float
        Size in points. Figures ``WIDTH`` inches wide (the default size with ``LETTERS``) can be read
        whole on a phone; wider ones need larger letters.
    """
    import matplotlib.pyplot as plt  # who wants a colour alone need not wait for it

    width = WIDTH if letters >= LETTERS else 8
    plt.style.use("default")
    plt.rcParams.update(
        {
            "figure.figsize": (width, 0.62 * width if width < 8 else 4.5),
            "figure.dpi": 100,
            "figure.constrained_layout.use": True,
            "figure.facecolor": "none",
            "axes.facecolor": "none",
            "savefig.facecolor": "none",
            "font.family": "DejaVu Sans",
            "font.size": letters,
            "axes.prop_cycle": plt.cycler(
                color=[BLUE, ORANGE, RED, GREY, PURPLE, BROWN, AMBER, TAN, SLATE, CYAN]
            ),
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.edgecolor": MUTED,
            "axes.labelcolor": INK,
            "axes.titlecolor": INK,
            "axes.titlelocation": "left",
            "axes.titlesize": 1.05 * letters,
            "axes.titleweight": "bold",
            "axes.grid": True,
            "axes.axisbelow": True,
            "grid.color": FAINT,
            "grid.linewidth": 0.6,
            "text.color": INK,
            "xtick.color": INK,
            "ytick.color": INK,
            "legend.frameon": False,
            "svg.fonttype": "none",
            "svg.hashsalt": "csto-analysis",
        }
    )
