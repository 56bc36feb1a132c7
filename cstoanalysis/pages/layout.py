"""Which files a site has; needs no pandas, so that a command can look before it starts."""

from cstoanalysis.descriptor import descriptor, table_names

_AROUND = ("index.html", "sources.html", "search.html", "sitemap.xml")


def figure_file(stem: str) -> str:
    """Name of the file in which the index has a page's first figure."""
    return f"figures/{stem}-1.svg"


def file_names(stems: list[str]) -> list[str]:
    """Names of all files of a site with the pages of these notebooks."""
    resources = [resource["path"] for resource in descriptor()["resources"]]
    return [
        *(f"{stem}.html" for stem in stems),
        *_AROUND,
        *(f"tables/{name}.html" for name in table_names()),
        *(f"tables/{path}" for path in (*resources, "datapackage.json")),
        *(f"notebooks/{stem}.ipynb" for stem in stems),
        *map(figure_file, stems),
    ]
