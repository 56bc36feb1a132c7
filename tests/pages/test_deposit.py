"""The collection in other vocabularies: each form is read by the library of those who made it."""

import io
import json
import os
import shutil
import sqlite3
import subprocess
import zipfile

import bibtexparser
import mlcroissant
import pandas as pd
import pytest
from conftest import ROOT
from rocrate.rocrate import ROCrate

import cstoanalysis as csto
from cstoanalysis.descriptor import descriptor
from cstoanalysis.pages import authors, bundle, crate, deposit, metadata

DOI = {"type": "doi", "value": "10.5281/zenodo.1"}


@pytest.fixture(scope="module")
def database():
    """The tables as a database."""
    connection = sqlite3.connect(":memory:")
    connection.deserialize(bundle.to_sqlite())
    yield connection
    connection.close()


@pytest.mark.parametrize("form", ["zenodo", "codemeta"])
def test_files_of_the_repository_say_what_the_facts_say(form):
    """Made anew by ``python -m cstoanalysis.pages.deposit``."""
    name = ".zenodo.json" if form == "zenodo" else "codemeta.json"
    made = getattr(deposit, form)(deposit.facts())
    assert json.loads((ROOT / name).read_text("utf-8")) == made


def test_an_archive_reads_the_licence_of_each_part():
    """MIT is the code's alone: a deposit with extracts must not be labelled with it."""
    made = deposit.zenodo(deposit.facts())
    assert made["license"] == "other-nc" and made["upload_type"] == "dataset"
    for resource in descriptor()["resources"]:
        for terms in resource["licenses"]:
            part = made["notes"].partition(f"({terms['path']}): ")[2].partition(";")[0]
            assert resource["name"] in part.rstrip(".").split(", ")
    parts = {part["name"]: part["license"] for part in deposit.codemeta(deposit.facts())["hasPart"]}
    assert parts["milex"] == ["https://www.sipri.org/about/terms-and-conditions"]


@pytest.mark.parametrize(
    ("author", "expected"),
    [
        ({"name": "A Team"}, "A Team"),
        ({"alias": "nick"}, "nick"),
        ({"given-names": "Madonna", "alias": "nick"}, "Madonna"),
        ({"family-names": "Beethoven", "name-particle": "van", "given-names": "L."},
         "van Beethoven, L."),
        ({"family-names": "King", "name-suffix": "Jr.", "given-names": "M. L."},
         "King, M. L., Jr."),
        ({"family-names": "King", "name-suffix": "Jr."}, "King, Jr."),
    ],
)  # fmt: skip
def test_names_of_authors(author, expected):
    """As the Citation File Format knows them."""
    found = authors.author_of(author)
    assert found.inverted() == expected
    assert authors.author_of(found.to_json()) == found


def test_a_doi_among_the_identifiers_is_in_every_form(monkeypatch):
    """And ORCIDs with it."""
    orcid = "https://orcid.org/0000-0002-1825-0097"
    people = [{"family-names": "Roe", "given-names": "Jo", "name-suffix": "II", "orcid": orcid}]
    more = {"authors": people, "identifiers": [{"type": "url", "value": "u"}, DOI]}
    about = {**deposit.citation_file(), **more}
    monkeypatch.setattr(deposit, "citation_file", lambda: about)
    said = deposit.facts()
    assert deposit.codemeta(said)["identifier"] == DOI["value"]
    assert deposit.zenodo(said)["related_identifiers"][0]["identifier"] == DOI["value"]
    assert deposit.zenodo(said)["creators"] == [
        {"name": "Roe, Jo, II", "orcid": orcid.rpartition("/")[2]}
    ]
    made = crate.croissant(said)
    assert made["creator"][0]["@id"] == orcid and DOI["value"] in made["citeAs"]


def test_croissant_is_read_by_its_library(tmp_path):
    """A record set for each table, with types; a table's records can be read."""
    made = crate.croissant(deposit.facts())
    for entry in made["distribution"]:
        entry["contentUrl"] = str(ROOT / "data" / entry["@id"])
    (tmp_path / "croissant.json").write_text(json.dumps(made))
    dataset = mlcroissant.Dataset(jsonld=str(tmp_path / "croissant.json"))
    assert {r.uuid for r in dataset.metadata.record_sets} == set(csto.table_names())
    first = next(iter(dataset.records("organs")))
    assert set(first) == {f"organs/{name}" for name in csto.load_table("organs")}


def test_crate_is_read_by_its_library(tmp_path):
    """Each page is the result of a run that names notebook, tables and values."""
    page = {
        "link": "07_x.html",
        "title": "A question?",
        "notebook": "07_x.ipynb",
        "run_id": "0123456789abcdef",
        "parameters": [{"name": "as_of", "value": 2026}],
        "tables": {"capitals": {}},
    }
    made = crate.ro_crate(deposit.facts(), [page])
    for file in (entry["@id"] for entry in made["@graph"] if "File" in entry["@type"]):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_text("x")
    (tmp_path / "ro-crate-metadata.json").write_text(deposit.to_json(made))
    read = ROCrate(tmp_path)
    assert read.version == "1.2"
    (run,) = read.get_by_type("CreateAction")
    assert run["result"].id == "07_x.html" and run["instrument"].type == "SoftwareApplication"
    inputs = {part.id for part in run["object"]}
    assert inputs == {
        "notebooks/07_x.ipynb", "tables/capitals.csv", "#0123456789abcdef-as_of",
    }  # fmt: skip
    assert {entity.id for entity in read.data_entities} >= inputs - {"#0123456789abcdef-as_of"}
    known = {entity.id for entity in read.get_entities()}
    linked = {part["@id"] for part in read.root_dataset.properties()["license"]}
    assert linked <= known


def test_zip_is_the_same_each_time_and_whole():
    """Files as they are in data/, and what each column means."""
    content = bundle.to_zip()
    assert content == bundle.to_zip()
    archive = zipfile.ZipFile(io.BytesIO(content))
    root = f"csto-data-{csto.data_version()}"
    for resource in descriptor()["resources"]:
        path = resource["path"]
        assert archive.read(f"{root}/{path}") == (ROOT / "data" / path).read_bytes()
    codebook = pd.read_csv(archive.open(f"{root}/codebook.csv"))
    assert len(codebook) == sum(len(r["schema"]["fields"]) for r in descriptor()["resources"])


def test_sources_as_bibtex_are_read_by_a_library():
    """One entry a source, with what TeX would obey written out."""
    rows = csto.load_sources().astype("object").fillna("").to_dict("records")
    library = bibtexparser.parse_string(metadata.sources_bibtex(rows))
    assert not library.failed_blocks
    assert sorted(e.key for e in library.entries) == sorted(r["source_key"] for r in rows)
    hostile = dict.fromkeys(rows[0], "") | {"source_key": "a", "title": "50% of {x} & \\\\y_z"}
    (entry,) = bibtexparser.parse_string(metadata.sources_bibtex([hostile])).entries
    assert (
        entry["title"]
        == r"{50\% of \textbraceleft{}x\textbraceright{} \& \textbackslash{}\textbackslash{}y\_z}"
    )


@pytest.mark.slow
def test_r_reads_the_database_and_the_files(tmp_path):
    """As the README says it: types, dates as texts, missing as NA."""
    if not shutil.which("Rscript"):
        message = "needs R with RSQLite: apt-get install r-base-core r-cran-rsqlite"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    (tmp_path / "csto.sqlite").write_bytes(bundle.to_sqlite())
    shutil.copy(ROOT / "data" / "bases.csv", tmp_path)
    readme = (ROOT / "README.md").read_text("utf-8")
    (line,) = [text for text in readme.splitlines() if text.startswith("| R |")]
    database, file = (code.replace("data/", "") for code in line.split("`")[1::2])
    script = f"""
    a <- {database}; b <- {file}
    stopifnot(identical(a$base_id, b$base_id), is.double(a$lat), identical(a$opened, b$opened))
    cat(nrow(a), sum(is.na(a$closed)), sum(nchar(a$opened) == 7, na.rm = TRUE))
    """
    run = subprocess.run(["Rscript", "-e", script], cwd=tmp_path, capture_output=True, text=True)
    bases = csto.load_table("bases")
    partial = int((bases["opened"].str.len() == 7).sum())
    assert run.stdout.split() == list(map(str, [len(bases), bases["closed"].isna().sum(), partial]))


def test_the_readme_tells_pandas_how_to_read_a_table(monkeypatch):
    """All rows, missing as missing, the code NA as a text."""
    monkeypatch.chdir(ROOT)
    readme = (ROOT / "README.md").read_text("utf-8")
    (line,) = [text for text in readme.splitlines() if text.startswith("| pandas |")]
    ours, theirs = (eval(code, {"csto": csto, "pd": pd}) for code in line.split("`")[1::2])
    assert list(theirs) == list(ours) and len(theirs) == len(ours) > 0
    assert theirs["closed"].isna().sum() == ours["closed"].isna().sum()


def test_database_holds_all_rows_with_types_and_keys(database):
    """Missing is NULL, truth 0 or 1, dates as long as they are known; no key leads nowhere."""
    assert database.execute("PRAGMA foreign_key_check").fetchall() == []
    for name in csto.table_names():
        (rows,) = database.execute(f'SELECT count(*) FROM "{name}"').fetchone()
        assert rows == len(csto.load_table(name))
    gyumri = "SELECT inherited, closed, typeof(lat) FROM bases WHERE name LIKE '%102nd%' LIMIT 1"
    assert database.execute(gyumri).fetchone() == (1, None, "real")
    units = "SELECT unit FROM codebook WHERE table_name = 'bases' AND column_name = 'lat'"
    assert database.execute(units).fetchone() == ("degrees north",)
    terms = "SELECT licence FROM about WHERE table_name = 'regimes'"
    assert "CC-BY-SA-4.0" in database.execute(terms).fetchone()[0]
