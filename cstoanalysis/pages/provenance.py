"""The facts of a page: what its data block holds, in the words in which the page says them.

Everything is taken from the executed notebook, so that JupyterLab's menu gives the same page as the
``csto`` command. Authors, title and address of the collection are those of ``CITATION.cff``.
"""

import json
import re
import shlex
from pathlib import PurePath
from urllib.parse import quote

import cstoanalysis
from cstoanalysis import words
from cstoanalysis.descriptor import PAGE, VALUE, citation_file, data_version, descriptor
from cstoanalysis.pages.authors import author_of, doi_of
from cstoanalysis.pages.render import one_line
from cstoanalysis.run import identity, watch
from cstoanalysis.run.domain import under
from cstoanalysis.run.errors import ParameterError
from cstoanalysis.run.notebook import outputs_of, values_of
from cstoanalysis.run.parameters import argument, resolve
from cstoanalysis.run.signature import Parameter, parameters_of

_CHOICES = {  # parameters whose meaning is the same on every page, as a reader says it
    "organisation": "{}",
    "as_of": "as of {}",
    "start_year": "from {}",
    "end_year": "to {}",
    "count_frozen": {
        "member": "a state that froze its participation counts as a member",
        "exit": "a state that froze its participation counts as having left",
    },
    "personnel_definition": {
        "active": "active soldiers alone",
        "with_paramilitary": "soldiers with paramilitary forces",
    },
    "exclude": "without {}",
}
_WORDS = {  # kinds of licences that have no name of their own
    "other-pd": "public domain",
    "other-at": "with attribution",
    "other-nc": "non-commercial",
}


def page_info(notebook: dict, name: str, title: str, question: str, home: str = "") -> dict:
    """Facts of a page: what its data block holds, what its citation and its provenance need.

    Parameters
    ----------
    notebook : dict
        Notebook in format 4, executed or not.
    name : str
        Its file name.
    title, question : str
        Its first heading and the paragraph below, as plain text.
    home : str, optional
        Public address of the collection's pages; by default that of ``CITATION.cff``.
    """
    values = values_of(notebook)
    facts = next(iter(outputs_of(notebook, PAGE)), {})
    published = outputs_of(notebook, VALUE)
    answers = [value["value"] for value in published if value["name"] == "answer"]
    about, page = citation_file(), f"{PurePath(name).stem}.html"
    versions = facts.get("versions")
    versions = versions or {"csto-analysis": cstoanalysis.__version__, "data": data_version()}
    home = home or str(about.get("url", ""))
    return {
        "title": title,
        "question": question,
        "answer": str(answers[0]) if answers else "",
        "notebook": name,
        "run_id": identity.run_id(notebook, values),
        "parameters": _parameters(notebook, values, facts.get("rules", [])),
        "conditions": [r["condition"] for r in facts.get("rules", []) if "condition" in r],
        "values": values,
        "tables": dict(sorted(facts.get("tables", {}).items())),
        "sources": [source["source_key"] for source in facts.get("sources", [])],
        "published": [value for value in published if value["name"] != "answer"],
        "authors": [author_of(author).to_json() for author in about["authors"]],
        "collection": _collection(about),
        "address": "" if values else address_of(home, versions["csto-analysis"], page),
        "versions": versions,
        "inputs": identity.inputs(notebook) | watch.stated(notebook),
    }


def rebuild_command(info: dict) -> str:
    """Command that makes this very page again, quoted for a shell."""
    stem = PurePath(info["notebook"]).stem
    known = {p["name"]: Parameter(*(p[f] for f in Parameter._fields)) for p in info["parameters"]}
    settings = tuple(f"{name}={argument(value)}" for name, value in info["values"].items())
    try:
        faithful = repr(resolve(known, settings)) == repr(info["values"])
    except ParameterError:
        faithful = False
    if faithful:
        options = [f"-p {shlex.quote(setting)}" for setting in settings]
        return " ".join(["csto run", shlex.quote(stem), *options])
    # A value that papermill lets through and csto would not: a text for a number, say.
    source, made = shlex.quote(f"notebooks/{info['notebook']}"), shlex.quote(info["notebook"])
    values = shlex.quote(json.dumps(info["values"]))
    return (
        f"papermill {source} {made} -k python3 -y {values} && jupyter nbconvert --to citable {made}"
    )


def _parameters(notebook: dict, values: dict, rules: list[dict]) -> list[dict]:
    try:
        known = parameters_of(notebook)
    except (ParameterError, SyntaxError):
        known = {}
    for name, value in values.items():
        known.setdefault(name, Parameter(name, type(value).__name__, None, ""))
    return [
        {
            **domain.to_json(),
            "allowed": domain.in_words(),
            "value": values.get(name, domain.default),
        }
        for name, domain in zip(known, under(rules, known.values()), strict=True)
    ]


def _collection(about: dict) -> str:
    """Title of the collection, with its DOI where it has one."""
    doi = doi_of(about)
    return f"{about['title']}, https://doi.org/{doi}" if doi else about["title"]


def address_of(home: str, version: str, page: str) -> str:
    """Address that a page keeps, that of its version; empty where the collection has none."""
    return f"{home.rstrip('/')}/v/{quote(version)}/{quote(page)}" if home else ""


def home_of(address: str) -> str:
    """Public address of the collection, from that of a page."""
    return address.rpartition("/v/")[0]


def newest_of(address: str) -> str:
    """Where the newest version of a page is; empty where its own address is not known."""
    home, _, rest = address.rpartition("/v/")
    return f"{home}/{rest.partition('/')[2]}" if home else ""


# --- in words --------------------------------------------------------------------------------------
def details(info: dict) -> list[str]:
    """Version, data version, parameters that differ from the defaults, run id."""
    versions = info["versions"]
    return [
        f"version {versions['csto-analysis']}",
        f"data {versions['data']}",
        *(f"{p['name']} = {shown(p['value'])}" for p in info["parameters"] if differs(p)),
        f"run {info['run_id']}",
    ]


def differs(parameter: dict) -> bool:
    """Whether a parameter's value is another than its default, in type too."""
    return repr(parameter["value"]) != repr(parameter["default"])


def shown(value, most: int = 100) -> str:
    """A value in one line, cut if it is very long: the run id stands for the whole of it."""
    texts = [json.dumps(v) if v in (None, "") else argument(v) for v in _items(value)]
    text = one_line(", ".join(texts)) or "none"
    return text if len(text) <= most else text[: most - 1] + "…"


def _items(value) -> list:
    return value if isinstance(value, list) else [value]


def issued(info: dict) -> list[int]:
    """Year and month of the data's version: the page's date, since nothing hangs on the clock."""
    numbers = re.match(r"(\d{4})(?:[.-](\d{1,2}))?", info["versions"]["data"])
    return [int(part) for part in numbers.groups() if part] if numbers else [1]


def choices(info: dict) -> list[tuple[str, bool]]:
    """What was chosen for this run, in words, and whether it differs from the default.

    Parameters that mean the same on every page, and all that were changed.
    """
    found = []
    order = [*_CHOICES]
    known = {p["name"]: order.index(p["name"]) for p in info["parameters"] if p["name"] in order}
    for parameter in sorted(info["parameters"], key=lambda p: known.get(p["name"], len(order))):
        phrase, changed = _CHOICES.get(parameter["name"], ""), differs(parameter)
        value = parameter["value"]
        if isinstance(phrase, dict):
            phrase = phrase.get(str(value), "")
        elif phrase and value not in (None, "", []):
            phrase = phrase.format(value_text(value))
        else:
            phrase = ""
        if not phrase and changed:
            phrase = f"{parameter['name'].replace('_', ' ')}: {value_text(value)}"
        found += [(phrase, changed)] * bool(phrase)
    return [(p[:1].upper() + p[1:] if n == 0 else p, c) for n, (p, c) in enumerate(found)]


def value_text(value) -> str:
    """A parameter's value as a reader says it: states by name, dates and words as words."""
    if isinstance(value, (bool, type(None))):
        return {True: "yes", False: "no", None: "none"}[value]
    names, texts = words.names_of_states(), map(shown, _items(value))
    return shown([names.get(text) or in_words(text).replace("_", " ") for text in texts])


def in_words(text: str) -> str:
    """A date such as 2026-02 as February 2026; all else as it is."""
    return words.date(text) if words.is_date(text) else text


def number(value) -> str:
    """A published value as a reader wants to see it; the data block holds it exactly."""
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "–"}[value]
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    if isinstance(value, int):
        return f"{value:,}" if abs(value) > 9999 else str(value)
    return shown(value, 300)


def key_number(value: dict) -> dict:
    """A key number as the first screen has it: two digits, a percentage with its sign.

    Prose rounds so as well, so that no number stands there twice in two forms.
    """
    unit = value["unit"] or value["name"].replace("_", " ")
    share = re.search(r"^(per cent|%) |, per cent$", unit)
    told, against = _rounded(value["value"], share), value.get("reference")
    ends = [_rounded(value.get(end), share) for end in ("low", "high")]
    more = [" to ".join(ends) * bool({"low", "high"} & value.keys())]
    if named := value.get("reference_is"):
        more.append(f"{_rounded(against, share)} {named}")
    elif against is not None:
        more.append("1 is no difference" if against == 1 else f"against {_rounded(against, share)}")
    unit = unit.replace(share[0], "", 1) if share else unit
    return {"value": told, "unit": unit, "more": "; ".join(filter(None, more))}


def _rounded(value, share) -> str:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return number(value)
    if share and abs(value) >= 1:
        return f"{value:.0f}%"
    text = f"{value:,}" if isinstance(value, int) else number(value)
    if isinstance(value, float) and abs(value) < 1000:
        text = f"{value:.0f}" if abs(value) >= 10 else f"{value:.2g}"
    return text + "%" * bool(share)


def interval(value: dict) -> str:
    """Bounds of a published value, where it has any."""
    if value.get("low") is None and value.get("high") is None:
        return ""
    return f"{number(value.get('low'))} to {number(value.get('high'))}"


def licences(table: str) -> list[dict]:
    """Licences of a table, as its descriptor states them."""
    found = [r for r in descriptor()["resources"] if r["name"] == table]
    return found[0].get("licenses", []) if found else []


def terms(table: str) -> dict[str, str]:
    """Each licence of a table once, in words, and where it stands."""
    return {
        _WORDS.get(one.get("name"), one.get("name") or one["title"]): one.get("path", "")
        for one in licences(table)
    }
