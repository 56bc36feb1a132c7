"""Who the authors are, as ``CITATION.cff`` names them, and the DOI under which they published."""

from typing import NamedTuple


class Author(NamedTuple):
    """A person, or an organisation or alias, which has a family name alone."""

    family: str
    given: str = ""
    suffix: str = ""
    orcid: str = ""

    def inverted(self, given: str | None = None) -> str:
        """Family name first: ``van den Berg, Jo, Jr.``; ``given`` may be initials."""
        return ", ".join(filter(None, [self.family, given or self.given, self.suffix]))

    def to_json(self) -> dict:
        """For a page's data block, in the words of ``CITATION.cff``."""
        if not self.given:
            return {"name": self.family, **({"orcid": self.orcid} if self.orcid else {})}
        fields = ("family-names", "given-names", "name-suffix", "orcid")
        return {name: value for name, value in zip(fields, self, strict=True) if value}

    def linked(self) -> dict:
        """As schema.org knows persons and organisations."""
        if not self.given:
            return {"@type": "Organization", "name": self.family}
        person = {"@type": "Person", "familyName": self.family, "givenName": self.given}
        person |= {"honorificSuffix": self.suffix} if self.suffix else {}
        return person | ({"@id": self.orcid} if self.orcid else {})


def author_of(said: dict) -> Author:
    """From an entry of ``authors``, in ``CITATION.cff`` or in a page's data block."""
    said = {key: str(value) for key, value in said.items() if value}
    family = " ".join(filter(None, [said.get("name-particle"), said.get("family-names")]))
    given, orcid = said.get("given-names", ""), said.get("orcid", "")
    if family and given:
        return Author(family, given, said.get("name-suffix", ""), orcid)
    named = family and ", ".join(filter(None, [family, said.get("name-suffix")]))
    alone = said.get("name") or named or given or said.get("alias") or "Anonymous"
    return Author(alone, orcid=orcid)


def doi_of(about: dict) -> str:
    """DOI of the collection, wherever in ``CITATION.cff`` it stands; empty if it has none."""
    others = [one.get("value") for one in about.get("identifiers", []) if one.get("type") == "doi"]
    return str(next(filter(None, [about.get("doi"), *others]), ""))
