"""A page's citation for programs: BibTeX, RIS, CSL-JSON, and the tags and data that crawlers read."""

import re
from pathlib import PurePath

from markupsafe import Markup

from cstoanalysis.descriptor import citation_file, descriptor
from cstoanalysis.pages.authors import Author, author_of
from cstoanalysis.pages.layout import figure_file
from cstoanalysis.pages.provenance import details, in_words, issued, licences, newest_of
from cstoanalysis.pages.render import on_paper, one_line

LICENCE = "https://creativecommons.org/licenses/by/4.0/"
KIND = "Computational notebook"
_TEX = {"\\": r"\textbackslash{}", "{": r"\textbraceleft{}", "}": r"\textbraceright{}"}
_TEX |= {"~": r"\textasciitilde{}", "^": r"\textasciicircum{}", **{c: f"\\{c}" for c in "&%$#_"}}


def authors(info: dict) -> list[Author]:
    """Authors of a page."""
    return [author_of(author) for author in info["authors"]]


def key(info: dict) -> str:
    """Citation key: letters of the notebook's name and the start of the run id."""
    stem = re.sub(r"[^a-z0-9]+", "_", PurePath(info["notebook"]).stem.lower()).strip("_")[:60]
    return f"csto_{stem or 'page'}_{info['run_id'][:8]}"


def bibtex(info: dict) -> str:
    """One BibTeX entry; what TeX would obey is written out."""
    written = [
        ", ".join(map(_tex, filter(None, [a.family, a.suffix, a.given])))
        if a.given
        else f"{{{_tex(a.family)}}}"
        for a in authors(info)
    ]
    date = issued(info)
    fields = {
        "author": " and ".join(written),
        "title": f"{{{_tex(info['title'])}}}",
        "year": str(date[0]),
        "month": str(date[1]) if len(date) > 1 else "",
        "howpublished": f"{KIND}, in {_tex(info['collection'])}",
        "note": _tex("; ".join(details(info)).capitalize()),
        "url": info["address"],
        "language": "english",
    }
    rows = [f"  {name} = {{{text}}}" for name, text in fields.items() if text]
    return f"@misc{{{key(info)},\n" + ",\n".join(rows) + "\n}\n"


def sources_bibtex(sources: list[dict]) -> str:
    """An entry for each source, by its key: what cites the producers of the rows.

    Parameters
    ----------
    sources : list of dict
        Rows of the table ``sources``; what is empty is left out.
    """
    entries = []
    for row in sources:
        fields = {
            "author": f"{{{_tex(row['author'])}}}" if row["author"] else "",
            "title": f"{{{_tex(row['title'])}}}",
            "year": row["year"],
            "publisher": _tex(row["publisher"]),
            "version": _tex(row["version"]),
            "url": row["url"],
            "urldate": row["accessed"],
            "note": _tex(row["note"]),
        }
        rows = [f"  {name} = {{{text}}}" for name, text in fields.items() if text]
        entries.append(f"@misc{{{row['source_key']},\n" + ",\n".join(rows) + "\n}\n")
    return "\n".join(entries)


def _tex(text: str) -> str:
    """A text in one line, with all that TeX would obey written out."""
    return "".join(_TEX.get(letter, letter) for letter in one_line(str(text)))


def ris(info: dict) -> str:
    """One RIS record."""
    date = issued(info)
    fields = [("TY", "ELEC"), ("ID", key(info)), ("TI", info["title"])]
    fields += [("AU", author.inverted()) for author in authors(info)]
    fields += [("PY", str(date[0])), ("DA", "/".join(f"{part:02d}" for part in date))]
    fields += [("T2", info["collection"]), ("ET", info["versions"]["csto-analysis"])]
    fields += [("M3", KIND), ("N1", "; ".join(details(info))), ("LA", "en")]
    fields += [("UR", info["address"])] if info["address"] else []
    return "".join(f"{tag}  - {one_line(text)}\n" for tag, text in [*fields, ("ER", "")])


def csl(info: dict) -> dict:
    """One item of CSL-JSON."""
    written = [
        {"family": a.family, "given": a.given, **({"suffix": a.suffix} if a.suffix else {})}
        if a.given
        else {"literal": a.family}
        for a in authors(info)
    ]
    item = {
        "id": key(info),
        "type": "webpage",
        "title": one_line(info["title"]),
        "author": written,
        "issued": {"date-parts": [issued(info)]},
        "container-title": info["collection"],
        "genre": KIND,
        "version": info["versions"]["csto-analysis"],
        "note": "; ".join(details(info)),
        "language": "en",
        "URL": info["address"],
    }
    return {name: value for name, value in item.items() if value}


def meta_tags(info: dict) -> list[tuple[str, str]]:
    """Names and contents of Highwire and Dublin Core tags, as Zotero and Google Scholar read them."""
    date = issued(info)
    written = [author.inverted() for author in authors(info)]
    title, versions = one_line(info["title"]), info["versions"]
    return [
        ("citation_title", title),
        *(("citation_author", name) for name in written),
        ("citation_publication_date", "/".join(f"{part:02d}" for part in date)),
        ("citation_language", "en"),
        ("citation_version", versions["csto-analysis"]),
        *(("citation_keywords", word) for word in citation_file().get("keywords", [])),
        *((n, info["address"]) for n in ("citation_public_url", "citation_fulltext_html_url")),
        ("DC.title", title),
        *(("DC.creator", name) for name in written),
        ("DC.date", _iso(date)),
        ("DC.type", "Text"),
        ("DC.format", "text/html"),
        ("DC.language", "en"),
        ("DC.identifier", info["address"] or f"run {info['run_id']}"),
        ("DC.rights", LICENCE),
        ("DCTERMS.isPartOf", info["collection"]),
        ("DCTERMS.description", "; ".join(details(info))),
    ]


def preview_tags(info: dict, lead: tuple[str, str] | None = None) -> list[tuple[str, str]]:
    """Properties and contents of Open Graph tags, which make the preview of a shared link.

    ``lead`` is the permalink and the alt text of the figure that the preview shows.
    """
    anchor, alt = lead or ("", "")
    file = figure_file(PurePath(info["notebook"]).stem, anchor, "png")
    image = beside(info, file) if lead else ""
    return [
        ("og:type", "article"),
        ("og:site_name", info["collection"]),
        ("og:title", one_line(info["title"])),
        ("og:description", one_line(info["answer"] or info["question"])),
        ("og:url", newest_of(info["address"])),
        ("og:image", image),
        ("og:image:alt", alt if image else ""),
    ]


def paper(info: dict) -> Markup:
    """Style of the printed page: its title at the head, where it is from at the foot."""
    date = in_words(_iso(issued(info)))
    said = f"csto-analysis {info['versions']['csto-analysis']}, {date}, run {info['run_id']}"
    return on_paper(info["title"], "  ".join(filter(None, [info["address"], said])))


def beside(info: dict, name: str) -> str:
    """Address of a file that lies beside a page in the site; none if the page stands alone."""
    return "" if info["values"] else f"{info['address'].rpartition('/')[0]}/{name}".lstrip("/")


def links(info: dict) -> list[tuple[str, str, str]]:
    """Relation, address and media type of a page's links for machines (FAIR Signposting).

    What lies beside a page in the site is linked only from the pages that lie there.
    """
    beside = [] if info["values"] else info["tables"]
    return [
        ("canonical", newest_of(info["address"]), ""),
        ("cite-as", info["address"], ""),
        ("type", "https://schema.org/ScholarlyArticle", ""),
        ("license", LICENCE, ""),
        *(("author", author["orcid"], "") for author in info["authors"] if author.get("orcid")),
        *([("describedby", "ro-crate-metadata.json", "application/ld+json")] if beside else []),
        *(("item", f"tables/{name}.csv", "text/csv") for name in beside),
    ]


def json_ld(info: dict, sources: list | tuple = ()) -> dict:
    """The page as a schema.org ``ScholarlyArticle``: what it cites, the tables that it used."""
    article = {
        "@context": "https://schema.org",
        "@type": "ScholarlyArticle",
        "url": info["address"],
        "headline": info["title"],
        "name": info["title"],
        "description": info["question"],
        "abstract": info["answer"],
        "author": [author.linked() for author in authors(info)],
        "datePublished": _iso(issued(info)),
        "version": info["versions"]["csto-analysis"],
        "inLanguage": "en",
        "license": LICENCE,
        "identifier": {"@type": "PropertyValue", "propertyID": "run", "value": info["run_id"]},
        "isPartOf": {"@type": "Collection", "name": info["collection"]},
        "citation": [_cited(source) for source in sources],
        "isBasedOn": [_dataset(info, name) for name in info["tables"]],
    }
    return {name: value for name, value in article.items() if value}


def _cited(source: dict) -> str | dict:
    """A source by its address, or by its title where it has none."""
    return source.get("url") or {"@type": "CreativeWork", "name": source["title"]}


def claim_reviews(info: dict, facts: dict) -> dict:
    """Claims that the page judges as schema.org ``ClaimReview``, one for each permalink.

    What many of them share, reviewer, articles and ratings, is said once and referred to.
    """
    page = info["address"] or f"{PurePath(info['notebook']).stem}.html"
    rows, issued_on = facts.get("reviews", []), _iso(issued(info))
    judged = {source_key for _, source_key, *_ in rows}
    shared = [{"@id": "_:us", "@type": "Organization", "name": info["collection"]}]
    shared += [
        {
            "@id": f"_:{source['source_key']}",
            "@type": "Article",
            "name": source["title"],
            "url": source["url"],
            "datePublished": str(source["year"]),
            "publisher": {"@type": "Organization", "name": source["publisher"]},
        }
        for source in facts.get("sources", [])
        if source["source_key"] in judged
    ]
    given = dict.fromkeys((rating, verdict) for *_, verdict, rating in rows)
    ratings = {pair: f"_:rating-{number}" for number, pair in enumerate(given, start=1)}
    shared += [
        {"@id": name, "@type": "Rating", "ratingValue": rating, "alternateName": verdict}
        | {"bestRating": 5, "worstRating": 1}
        for (rating, verdict), name in ratings.items()
    ]
    reviews = [
        {
            "@type": "ClaimReview",
            "url": f"{page}#{anchor}",
            "author": {"@id": "_:us"},
            "datePublished": issued_on,
            "claimReviewed": statement,
            "itemReviewed": {"@type": "Claim", "appearance": {"@id": f"_:{source_key}"}},
            "reviewRating": {"@id": ratings[rating, verdict]},
        }
        for anchor, source_key, statement, verdict, rating in rows
    ]
    return {"@context": "https://schema.org", "@graph": shared + reviews} if rows else {}


def _dataset(info: dict, name: str) -> dict:
    titles = {resource["name"]: resource["title"] for resource in descriptor()["resources"]}
    file = {
        "@type": "DataDownload",
        "name": f"{name}.csv",
        "contentUrl": beside(info, f"tables/{name}.csv"),
        "encodingFormat": "text/csv",
        "sha256": info["tables"][name]["sha256"],
    }
    return {
        "@type": "Dataset",
        "name": titles.get(name, name),
        "alternateName": name,
        "version": info["versions"]["data"],
        "license": [terms.get("path") or terms.get("title") for terms in licences(name)],
        "distribution": {name: value for name, value in file.items() if value},
    }


def _iso(date: list[int]) -> str:
    return "-".join(f"{part:02d}" for part in date)
