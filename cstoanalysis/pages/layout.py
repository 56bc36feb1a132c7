"""Which files a site has; needs no pandas, so that a command can look before it starts."""

import json
from pathlib import Path

from cstoanalysis.descriptor import descriptor, table_names
from cstoanalysis.run import identity
from cstoanalysis.run.collection import notebooks

_AROUND = ("index.html", "sources.html", "search.html", "site.css", "sitemap.xml")
_FOR_MACHINES = ("croissant.json", "ro-crate-metadata.json", "sources.bib")


def figure_file(stem: str, anchor: str = "fig-1", ending: str = "svg") -> str:
    """Name of the file of a page's figure, by its permalink."""
    return f"figures/{stem}-{anchor.removeprefix('fig-')}.{ending}"


def readings_files(stem: str) -> tuple[str, str, str]:
    """Page, table and schema of a notebook's readings."""
    return f"{stem}-readings.html", f"{stem}-readings.csv", f"{stem}-readings.schema.json"


def file_names(stems: list[str]) -> list[str]:
    """Names of all files of a site with the pages of these notebooks."""
    resources = [resource["path"] for resource in descriptor()["resources"]]
    return [
        *(f"{stem}.html" for stem in stems),
        *(name for stem in stems for name in readings_files(stem)),
        *_AROUND,
        *_FOR_MACHINES,
        *(f"tables/{name}.html" for name in table_names()),
        *(f"tables/{path}" for path in (*resources, "datapackage.json")),
        *(f"notebooks/{stem}.ipynb" for stem in stems),
        *map(figure_file, stems),
    ]


def stamp(made_from) -> str:
    """Sixteen digits for what a page is made from, the code and the templates of pages included."""
    code = sorted(p for p in Path(__file__).parent.rglob("*") if p.suffix not in ("", ".pyc"))
    own = [identity.fingerprint(path) for path in code]
    stems = [path.stem for path in notebooks()]  # pages lead to the next one
    return identity.sha256(json.dumps([own, stems, made_from]).encode())[:16]
