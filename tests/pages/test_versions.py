"""Addresses that stay: a site of several versions, made from the releases' zips."""

import json
import zipfile
from pathlib import Path
from urllib.parse import unquote

import pytest

import cstoanalysis as csto
from cstoanalysis.pages.versions import assemble, without_line
from cstoanalysis.run.output import Output


def page(version: str, text: str) -> str:
    """A page of a version; a text in its head must not be taken for its body."""
    block = json.dumps({"versions": {"csto-analysis": version}, "question": "<body>?"})
    block = block.replace("<", "\\u003c")
    head = f'<script type="application/json" id="csto-page">{block}</script>'
    return (
        f'<!DOCTYPE html><html lang="en"><head>{head}</head><body class="page">{text}</body></html>'
    )


def release(folder, version, **pages):
    """Zip of a release, as the workflow makes it, with a file that wants to lie elsewhere."""
    path = folder / f"csto-analysis-v{version}.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for stem, text in pages.items():
            archive.writestr(f"csto-analysis-v{version}/pages/{stem}.html", page(version, text))
        archive.writestr(f"csto-analysis-v{version}/pages/tables/t.html", "<body>t</body>")
        archive.writestr(f"csto-analysis-v{version}/pages/../../../evil.html", "evil")
        archive.writestr(f"csto-analysis-v{version}/data/t.csv", "a\n1\n")
    return path


@pytest.fixture
def site(tmp_path):
    """A site of three versions."""
    current = tmp_path / "html"
    (current / "tables").mkdir(parents=True)
    (current / "a.html").write_text(page("0.10.0", "new a"))
    (current / "tables" / "t.html").write_text("<body>t</body>")
    zips = [release(tmp_path, "0.2.0", a="old a", gone="old"), release(tmp_path, "0.9.0", a="a 9")]
    versions = assemble(current, zips, Output(tmp_path / "site"))
    assert versions == ["0.10.0", "0.9.0", "0.2.0"]
    return tmp_path / "site"


def test_the_newest_is_there_twice_and_has_no_line(site):
    """Where it is read, and where it is cited."""
    for place in ("a.html", "v/0.10.0/a.html"):
        assert (site / place).read_text() == page("0.10.0", "new a")


def test_an_older_page_is_as_it_was_with_a_line_that_leads_to_the_newer(site):
    """The line is in its body; without it the bytes are those of the release."""
    old = (site / "v/0.2.0/a.html").read_text()
    assert (
        '<body class="page"><!-- newer --><p class="newer" role="note">This is version 0.2.0.'
        in old
    )
    assert without_line(old) == page("0.2.0", "old a")


def test_no_link_is_dead(site):
    """A page that is gone leads to the index, a codebook to the codebook."""
    for place, link in (
        ("v/0.2.0/a.html", "../../a.html"),
        ("v/0.2.0/gone.html", "../../index.html"),
        ("v/0.9.0/tables/t.html", "../../../tables/t.html"),
    ):
        assert f'<a href="{link}">Version 0.10.0 is newer.</a>' in (site / place).read_text()


def test_two_versions_in_a_browser(pages, tmp_path, chromium):
    """The real pages, published as 0.9.0 before and as 99.0.0 now: banner, citation, every link."""
    built = {p: p.read_bytes() for p in pages.rglob("*") if p.is_file() and p.name[0] != "."}
    current = tmp_path / "html"
    with zipfile.ZipFile(tmp_path / "old.zip", "w") as archive:
        for place, content in built.items():
            name = place.relative_to(pages).as_posix()
            kept = content
            if name.endswith(".html"):
                own = f'"versions":{{"csto-analysis":"{csto.__version__}"'
                new = own.replace(csto.__version__, "99.0.0")
                content = content.replace(own.encode(), new.encode())
            (current / name).parent.mkdir(parents=True, exist_ok=True)
            (current / name).write_bytes(content)
            archive.writestr(f"x/pages/{name}", kept)
    site = tmp_path / "site"
    assert assemble(current, [tmp_path / "old.zip"], Output(site)) == ["99.0.0", csto.__version__]
    old = site / "v" / csto.__version__
    tab = chromium.new_page()
    for name in ("01_membership_churn.html", "index.html", "tables/bases.html", "sources.html"):
        tab.goto((old / name).as_uri())
        assert tab.inner_text(".newer").startswith(f"This is version {csto.__version__}.")
        for link in tab.eval_on_selector_all("a[href], link[href]", "all => all.map(a => a.href)"):
            if link.startswith("file:"):
                path, _, anchor = link.removeprefix("file://").partition("#")
                assert Path(unquote(path)).is_file(), f"{name}: {link}"
                text = Path(unquote(path)).read_text("utf-8") if anchor else ""
                assert not anchor or f'id="{unquote(anchor)}"' in text, f"{name}: {link}"
    tab.goto((old / "01_membership_churn.html").as_uri())
    assert csto.__version__ in tab.inner_text(".csto-citation")
    tab.click(".newer a")
    assert tab.url == (site / "01_membership_churn.html").as_uri()
    assert tab.locator(".newer").count() == 0
    tab.close()


def test_nothing_lies_elsewhere(site):
    """Data of a release is not laid out, nor what climbs out of it."""
    names = {p.relative_to(site.parent).as_posix() for p in site.parent.rglob("*") if p.is_file()}
    assert not [name for name in names if "evil" in name or name.endswith(".csv")]


def test_again_and_without_a_release(site, tmp_path):
    """A version that is no more is taken out; the folder is ours to write again."""
    versions = assemble(tmp_path / "html", [], Output(site))
    assert versions == ["0.10.0"] and not (site / "v" / "0.2.0").exists()


def test_a_zip_without_pages_is_refused(tmp_path):
    """In words."""
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("a/pages/t.html", "<p>")
    (tmp_path / "html").mkdir()
    (tmp_path / "html" / "a.html").write_text(page("1", "a"))
    with pytest.raises(ValueError, match="no page of the collection"):
        assemble(tmp_path / "html", [tmp_path / "x.zip"], Output(tmp_path / "site"))
