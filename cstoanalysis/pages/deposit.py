"""The collection in the vocabularies of archives and search engines, all from one set of facts.

``.zenodo.json`` and ``codemeta.json`` lie in the repository, where archives look for them:
``python -m cstoanalysis.pages.deposit`` writes them anew, and a test holds them to the facts. What
is made with the pages is in :mod:`cstoanalysis.pages.crate`.
"""

import json
from pathlib import Path

import cstoanalysis
from cstoanalysis.descriptor import citation_file, data_version, descriptor
from cstoanalysis.pages.authors import author_of, doi_of

SPDX = "https://spdx.org/licenses/"


def facts() -> dict:
    """What is said of the collection: authors, versions, licences of its parts, tables."""
    about = citation_file()
    return {
        "title": about["title"],
        "abstract": " ".join(about.get("abstract", about["title"]).split()),
        "authors": [author_of(author) for author in about["authors"]],
        "version": str(about.get("version", cstoanalysis.__version__)),
        "date": str(about.get("date-released", data_version()[:4])),
        "code_licence": about.get("license", "MIT"),
        "keywords": about.get("keywords", []),
        "doi": doi_of(about),
        "url": about.get("url", ""),
        "repository": about.get("repository-code", ""),
        "data_version": data_version(),
        "tables": descriptor()["resources"],
    }


def licences(said: dict) -> dict[str, list[str]]:
    """Licence, in a few words, to the tables under it."""
    found: dict[str, list[str]] = {}
    for table in said["tables"]:
        for terms in table["licenses"]:
            label = f"{terms.get('name') or terms['title']} ({terms['path']})"
            found.setdefault(label, []).append(table["name"])
    return found


def zenodo(said: dict) -> dict:
    """``.zenodo.json``: one licence must stand for all, so the strictest does, and a note names each."""
    parts = "; ".join(f"{terms}: {', '.join(names)}" for terms, names in licences(said).items())
    creators = [
        {"name": a.inverted()} | ({"orcid": a.orcid.rpartition("/")[2]} if a.orcid else {})
        for a in said["authors"]
    ]
    same = {"identifier": said["doi"], "relation": "isAlternateIdentifier"}
    related = {"related_identifiers": [same]} if said["doi"] else {}
    return related | {
        "title": said["title"],
        "description": said["abstract"],
        "upload_type": "dataset",
        "access_right": "open",
        "license": "other-nc",
        "version": said["version"],
        "publication_date": said["date"],
        "creators": creators,
        "keywords": said["keywords"],
        "language": "eng",
        "notes": f"Licences of the parts. Code: {said['code_licence']}. Text of the pages: "
        f"CC-BY-4.0. Tables: {parts}.",
    }


def codemeta(said: dict) -> dict:
    """``codemeta.json``: the software under its licence, the tables as parts under theirs."""
    found = {
        "@context": "https://w3id.org/codemeta/3.0",
        "@type": "SoftwareSourceCode",
        "name": "csto-analysis",
        "description": said["abstract"],
        "author": [author.linked() for author in said["authors"]],
        "version": said["version"],
        "datePublished": said["date"],
        "license": SPDX + said["code_licence"],
        "programmingLanguage": "Python",
        "runtimePlatform": "Python 3.11 or newer",
        "keywords": said["keywords"],
        "codeRepository": said["repository"],
        "url": said["url"],
        "identifier": said["doi"],
        "hasPart": [_dataset(table) for table in said["tables"]],
    }
    return {name: value for name, value in found.items() if value}


def _dataset(table: dict) -> dict:
    return {
        "@type": "Dataset",
        "name": table["name"],
        "description": table["title"],
        "license": [terms["path"] for terms in table["licenses"]],
    }


def to_json(content: dict) -> str:
    """JSON as these files are written."""
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def main() -> None:
    """Write the two files of the repository."""
    root = Path(__file__).resolve().parents[2]
    said = facts()
    (root / ".zenodo.json").write_text(to_json(zenodo(said)), encoding="utf-8", newline="\n")
    (root / "codemeta.json").write_text(to_json(codemeta(said)), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
