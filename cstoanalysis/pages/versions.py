"""A site with all its versions: the newest in its folder, each under ``v/<version>/`` as it was.

    python -m cstoanalysis.pages.versions build/html RELEASES build/site

takes the pages just made and a folder of the releases' zips. A page keeps the address that it is
cited by; where a newer version is there, a line at its top leads to it.
"""

import sys
import zipfile
from html import escape
from pathlib import Path, PurePosixPath

from cstoanalysis.pages.reading import page_block
from cstoanalysis.run.output import Output

FOLDER = "v"
_START, _END = "<!-- newer -->", "<!-- end of newer -->"


def assemble(current: Path, releases: list[Path], output: Output) -> list[str]:
    """Write a site of several versions.

    Parameters
    ----------
    current : Path
        Folder of the pages just made, as ``csto html`` writes it.
    releases : list of Path
        Zips of earlier releases, each with its pages in ``<name>/pages/``.
    output : Output
        Folder of the site.

    Returns
    -------
    list of str
        The versions that it holds, newest first.

    Raises
    ------
    ValueError
        If a zip or the folder holds no page.
    """
    now = {p.relative_to(current).as_posix(): p for p in current.rglob("*") if p.is_file()}
    newest = {name: path.read_bytes() for name, path in now.items() if name[0] != "."}
    sites = {_version(newest): newest}
    for release in releases:
        site = _unpacked(release)
        sites.setdefault(_version(site), site)
    latest, kept = next(iter(sites)), []
    for name, content in newest.items():
        kept.append(output.write(name, content))
    for version, site in sites.items():
        for name, content in site.items():
            if version != latest and name.endswith(".html"):
                content = _with_line(content.decode("utf-8"), name, version, latest, newest)
            kept.append(output.write(f"{FOLDER}/{version}/{name}", content))
    output.close(kept=[path.relative_to(output.folder).as_posix() for path in kept])
    return sorted(sites, key=lambda v: [int(n) if n.isdigit() else -1 for n in v.split(".")])[::-1]


def without_line(page: str) -> str:
    """A page as it was made, without the line that leads to a newer version."""
    before, start, rest = page.partition(_START)
    return before + rest.partition(_END)[2] if start else page


def _unpacked(release: Path) -> dict[str, bytes]:
    """Files below ``<name>/pages/`` of a zip; none that would lie elsewhere."""
    found = {}
    with zipfile.ZipFile(release) as archive:
        for entry in archive.infolist():
            parts = PurePosixPath(entry.filename).parts
            if not entry.is_dir() and parts[1:2] == ("pages",) and ".." not in parts:
                found["/".join(parts[2:])] = archive.read(entry)
    return found


def _version(site: dict[str, bytes]) -> str:
    for name, content in sorted(site.items()):
        if name.endswith(".html") and "/" not in name:
            try:
                return page_block(content.decode("utf-8"))["versions"]["csto-analysis"]
            except (KeyError, ValueError):
                continue
    raise ValueError("There is no page of the collection in it.")


def _with_line(page: str, name: str, version: str, latest: str, newest: dict) -> str:
    """A page with a line below the start of its body that leads to its newest version."""
    up = "../" * (2 + name.count("/"))
    link = escape(up + (name if name in newest else "index.html"))
    line = (
        f'{_START}<p class="newer" role="note">This is version {escape(version)}. '
        f'<a href="{link}">Version {escape(latest)} is newer.</a></p>{_END}'
    )
    at = page.find(">", page.find("<body")) + 1
    return page[:at] + line + page[at:]


if __name__ == "__main__":
    built, zips, target = map(Path, sys.argv[1:4])
    print(*assemble(built, sorted(zips.glob("*.zip")), Output(target)), sep="\n")
