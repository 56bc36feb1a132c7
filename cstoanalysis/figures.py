"""House style: fixed colours and quiet axes."""

import matplotlib.pyplot as plt

# Ten colours by M. Petroff (2021), told apart under the common colour-vision deficiencies.
BLUE, ORANGE, RED, GREY, PURPLE = "#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6"
BROWN, AMBER, TAN, SLATE, CYAN = "#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd"
INK, FAINT = "#222831", "#d5d9de"


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
    "USA": "#1d4e89",
    "CHN": "#5b8c5a",
    "TUR": "#c25b7a",
    # organisations
    "CSTO": RED,
    "NATO": "#1d4e89",
    "CIS": ORANGE,
    "GUAM": SLATE,
    "SCO": "#5b8c5a",
    "WTO": BROWN,
    "EAEU": PURPLE,
}


def colour(key: str) -> str:
    """Colour of a state (``iso3``) or organisation; grey for all that have none of their own."""
    return COLOURS.get(key, GREY)


def use_style() -> None:
    """Set the house style for matplotlib: quiet axes, direct labels, the same bytes each run."""
    plt.style.use("default")
    plt.rcParams.update(
        {
            "figure.figsize": (8, 4.5),
            "figure.dpi": 100,
            "figure.constrained_layout.use": True,
            "font.family": "DejaVu Sans",
            "font.size": 10,
            "axes.prop_cycle": plt.cycler(
                color=[BLUE, ORANGE, RED, GREY, PURPLE, BROWN, AMBER, TAN, SLATE, CYAN]
            ),
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.edgecolor": SLATE,
            "axes.labelcolor": INK,
            "axes.titlelocation": "left",
            "axes.titlesize": 10.5,
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
