"""Which files a site has; needs no pandas, so that a command can look before it starts."""

import json
import mimetypes
import re
from pathlib import Path
from urllib.parse import unquote

from cstoanalysis.descriptor import descriptor, table_names
from cstoanalysis.run import identity
from cstoanalysis.run.collection import notebooks
from cstoanalysis.run.notebook import source_of

_MOST_BYTES = 2_000_000  # of a picture that lies beside the notebook
_AROUND = ("index.html", "sources.html", "search.html", "site.css", "sitemap.xml")
_FOR_MACHINES = ("croissant.json", "ro-crate-metadata.json", "sources.bib")


def figure_file(stem: str, anchor: str = "fig-1", ending: str = "svg") -> str:
    """Name of the file of a page's figure, by its permalink."""
    return f"figures/{stem}-{anchor.removeprefix('fig-')}.{ending}"


def bibliography(stem: str) -> str:
    """Name of the file with the sources of a page's rows as BibTeX."""
    return f"sources/{stem}.bib"


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
        *map(bibliography, stems),
    ]


def picture(source: str, folder: Path) -> Path | None:
    """File that an address in Markdown names, if it is a picture that lies with the notebook."""
    kind = mimetypes.guess_type(source)[0] or ""
    if not kind.startswith("image/") or re.match(r"[a-z][a-z0-9+.-]*:|/|\\", source, re.IGNORECASE):
        return None
    try:
        place = (folder / unquote(source)).resolve()
        inside = place.is_relative_to(folder.resolve()) and place.is_file()
        return place if inside and place.stat().st_size <= _MOST_BYTES else None
    except (OSError, ValueError):  # no file can be called that
        return None


def pictures(notebook: dict, folder: Path) -> list:
    """Name and fingerprint of each picture that the Markdown of a notebook may show."""
    prose = [source_of(c) for c in notebook["cells"] if c["cell_type"] == "markdown"]
    outputs = [o for c in notebook["cells"] for o in c.get("outputs", ())]
    prose += ["".join(o.get("data", {}).get("text/markdown", "")) for o in outputs]
    names = set(re.findall(r"(?<=<)[^<>\n]+(?=>)|[^\s<>()\[\]\"]+", "\n".join(prose)))
    found = ((name, picture(name, folder)) for name in sorted(names))
    return [[name, identity.fingerprint(place)] for name, place in found if place]


def stamp(made_from) -> str:
    """Sixteen digits for what a page is made from, the code and the templates of pages included."""
    code = sorted(p for p in Path(__file__).parent.rglob("*") if p.suffix not in ("", ".pyc"))
    own = [identity.fingerprint(path) for path in code]
    stems = [path.stem for path in notebooks()]  # pages lead to the next one
    return identity.sha256(json.dumps([own, stems, made_from]).encode())[:16]
