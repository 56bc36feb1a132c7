# ruff: noqa: I001
# The public names: lazy_loader imports each on first use, editors complete them, checkers check them.
from . import charts as charts, stats as stats, style as style, words as words
from .checks import check as check, check_that as check_that
from .claims import check_claims as check_claims
from .data import (
    describe_table as describe_table,
    load_capacity as load_capacity,
    load_membership_spells as load_membership_spells,
    load_milex as load_milex,
    load_sources as load_sources,
    load_table as load_table,
)
from .dates import earliest as earliest, in_force as in_force, latest as latest
from .dates import whole_years as whole_years
from .descriptor import (
    coverage_end as coverage_end,
    data_dir as data_dir,
    data_version as data_version,
    table_names as table_names,
)
from .panels import (
    member_spells as member_spells,
    members as members,
    to_durations as to_durations,
    to_dyad_years as to_dyad_years,
    to_state_years as to_state_years,
)
from .show import (
    publish as publish,
    show_figure as show_figure,
    show_table as show_table,
    show_text as show_text,
)
from .sources import cite_page as cite_page, fingerprint as fingerprint, sources_of as sources_of
from .style import colour as colour, use_style as use_style

__version__: str
