"""What describes the site to machines: its tables as Croissant, its runs as an RO-Crate."""

import json

from cstoanalysis.descriptor import descriptor
from cstoanalysis.pages.deposit import SPDX

_KINDS = {
    "string": "sc:Text",
    "integer": "sc:Integer",
    "number": "sc:Float",
    "boolean": "sc:Boolean",
}
_CRATE = "https://w3id.org/ro/crate/1.2"
_PROCESS = "https://w3id.org/ro/wfrun/process/0.5"
_CROISSANT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    **{
        name: f"cr:{name}"
        for name in (
            "citeAs column extract field fileProperty fileObject fileSet format includes "
            "isLiveDataset jsonPath key md5 parentField path recordSet references regex repeated "
            "replace samplingRate separator source subField transform equivalentProperty"
        ).split()
    },
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "sc": "https://schema.org/",
}


def croissant(said: dict) -> dict:
    """Croissant 1.0 description of the tables, each with its fields and their types."""
    return {
        "@context": _CROISSANT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": "csto-data",
        "description": descriptor()["description"],
        "version": said["data_version"],
        "datePublished": said["date"],
        "url": said["url"] or "index.html",
        "citeAs": _citation(said),
        "license": sorted({terms["path"] for t in said["tables"] for terms in t["licenses"]}),
        "creator": [author.linked() for author in said["authors"]],
        "keywords": said["keywords"],
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": table["path"],
                "name": table["path"],
                "description": table["title"],
                "contentUrl": f"tables/{table['path']}",
                "encodingFormat": "text/csv",
                "sha256": table["hash"].removeprefix("sha256:"),
            }
            for table in said["tables"]
        ],
        "recordSet": [_records(table) for table in said["tables"]],
    }


def catalog(said: dict, home: str) -> dict:
    """The tables as a schema.org ``DataCatalog``; each codebook says more of its own."""
    start = f"{home}/" if home else ""
    return {
        "@context": "https://schema.org",
        "@type": "DataCatalog",
        "name": said["title"],
        "description": said["abstract"],
        "version": said["data_version"],
        "datePublished": said["date"],
        "creator": [author.linked() for author in said["authors"]],
        "dataset": [
            {
                "@type": "Dataset",
                "name": table["title"],
                "url": f"{start}tables/{table['name']}.html",
                "license": [terms["path"] for terms in table["licenses"]],
            }
            for table in said["tables"]
        ],
    }


def _citation(said: dict) -> str:
    names = "; ".join(author.inverted() for author in said["authors"])
    year = said["data_version"][:4]
    at = f" https://doi.org/{said['doi']}" if said["doi"] else ""
    return f"{names} ({year}). {descriptor()['title']} (version {said['data_version']}).{at}"


def _records(table: dict) -> dict:
    name = table["name"]
    key = table["schema"].get("primaryKey", [])
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": table["title"],
        "key": [{"@id": f"{name}/{column}"} for column in ([key] if isinstance(key, str) else key)],
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"{name}/{field['name']}",
                "name": field["name"],
                "description": field["description"],
                "dataType": _KINDS[field["type"]],
                "source": {
                    "fileObject": {"@id": table["path"]},
                    "extract": {"column": field["name"]},
                },
            }
            for field in table["schema"]["fields"]
        ],
    }


def ro_crate(said: dict, pages: list[dict]) -> dict:
    """RO-Crate 1.2 with the Process Run profile: which notebook, tables and values made each page.

    Parameters
    ----------
    said : dict
        As :func:`facts` returns it.
    pages : list of dict
        What each page says of itself in its ``csto-page`` block, with its file as ``link``.
    """
    people = [
        author.linked() | {"@id": f"#author-{n}"} for n, author in enumerate(said["authors"], 1)
    ]
    by = [{"@id": person["@id"]} for person in people]
    software = {
        "@id": "#csto-analysis",
        "@type": "SoftwareApplication",
        "name": "csto-analysis",
        "version": said["version"],
        "softwareVersion": said["version"],
        "license": {"@id": SPDX + said["code_licence"]},
    }
    tables = [
        {
            "@id": f"tables/{table['path']}",
            "@type": "File",
            "name": table["title"],
            "encodingFormat": "text/csv",
            "contentSize": str(table["bytes"]),
            "sha256": table["hash"].removeprefix("sha256:"),
            "license": [{"@id": terms["path"]} for terms in table["licenses"]],
        }
        for table in said["tables"]
    ]
    files, actions, values = [], [], []
    for page in pages:
        notebook = f"notebooks/{page['notebook']}"
        files += [
            {
                "@id": page["link"],
                "@type": "File",
                "name": page["title"],
                "encodingFormat": "text/html",
            },
            {
                "@id": notebook,
                "@type": ["File", "SoftwareSourceCode"],
                "name": page["notebook"],
                "encodingFormat": "application/x-ipynb+json",
            },
        ]
        given = [
            {
                "@id": f"#{page['run_id']}-{parameter['name']}",
                "@type": "PropertyValue",
                "name": parameter["name"],
                "value": json.dumps(parameter["value"], ensure_ascii=False),
            }
            for parameter in page["parameters"]
        ]
        values += given
        inputs = [notebook, *(f"tables/{name}.csv" for name in page["tables"])]
        actions.append(
            {
                "@id": f"#run-{page['run_id']}",
                "@type": "CreateAction",
                "name": f"Run of {page['notebook']}",
                "instrument": {"@id": software["@id"]},
                "object": [{"@id": place} for place in inputs] + [{"@id": v["@id"]} for v in given],
                "result": {"@id": page["link"]},
            }
        )
    terms = sorted({t["path"] for table in said["tables"] for t in table["licenses"]})
    about = sorted({*terms, SPDX + said["code_licence"]})
    root = {
        "@id": "./",
        "@type": "Dataset",
        "name": said["title"],
        "description": said["abstract"],
        "datePublished": said["date"],
        "version": said["version"],
        "license": [{"@id": address} for address in about],
        "author": by,
        "keywords": ", ".join(said["keywords"]),
        "conformsTo": {"@id": _PROCESS},
        "hasPart": [{"@id": file["@id"]} for file in (*files, *tables)],
        "mentions": [{"@id": action["@id"]} for action in actions],
    }
    described = {
        "@id": "ro-crate-metadata.json",
        "@type": "CreativeWork",
        "about": {"@id": "./"},
        "conformsTo": {"@id": _CRATE},
    }
    profile = {
        "@id": _PROCESS,
        "@type": ["CreativeWork", "Profile"],
        "name": "Process Run Crate",
        "version": "0.5",
    }
    kinds = [{"@id": address, "@type": "CreativeWork", "name": address} for address in about]
    graph = [
        described,
        root,
        profile,
        software,
        *people,
        *kinds,
        *files,
        *tables,
        *actions,
        *values,
    ]
    return {"@context": f"{_CRATE}/context", "@graph": graph}
