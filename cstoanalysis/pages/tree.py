"""Foreign markup on a parsed tree: made harmless, tidied, set; nothing here looks at HTML as text."""

import re
from collections import Counter
from xml.etree import ElementTree

import bleach
from bs4 import BeautifulSoup, NavigableString, Tag
from bs4.element import PreformattedString

from cstoanalysis.pages.render import pieces, proper

# What markup may stand on a page. Of everything else its text stays, or one line that says what is left out.
_TAGS = set(
    """
    a abbr b blockquote br caption cite code col colgroup dd del details div dl dt em figcaption
    figure h1 h2 h3 h4 h5 h6 hr i img kbd li mark ol p pre q s samp section small span strong sub
    summary sup table tbody td tfoot th thead time tr u ul var
    """.split()
)
_ATTRIBUTES = set("alt class colspan lang open role rowspan scope start title width height".split())
_CLASSES = set("anchor-link block display dataframe math num task-list-item k s c m n".split())
_DROPPED = set("script style template title head noscript".split())
_LEFT_OUT = {
    "iframe": "an embedded page",
    "object": "an embedded object",
    "embed": "an embedded object",
    "video": "a video",
    "audio": "a sound",
    "canvas": "a drawing that a script makes",
    "button": "a button",
    "select": "a list to choose from",
    "textarea": "a field to type in",
    "input": "a field to type in",
    "svg": "a drawing",
    "math": "a formula",
}
_PICTURE = re.compile(r"data:image/(svg\+xml|png|jpeg|gif|webp);base64,[\w+/=]+")
_LINK = re.compile(r"https?://|mailto:|#|[\w-]+\.(html|ipynb)", re.IGNORECASE)
_NUMBER = re.compile(r"[-+−\d.,e%]*\d[-+\d.,e%]*|NaN|<NA>|–")
_VERBATIM = ("code", "pre", "time", "math")


def parsed(html: str) -> BeautifulSoup:
    """A tree of some markup."""
    return BeautifulSoup(html, "html.parser")


# --- harmless ------------------------------------------------------------------------------------
def clean(html: str) -> BeautifulSoup:
    """Markup that a notebook brought, with harmless elements and attributes alone.

    First an allow-list on the tree, then a maintained sanitizer that parses as browsers do.
    """
    tree = parsed(html)
    for node in tree.find_all(string=lambda text: isinstance(text, PreformattedString)):
        node.extract()  # comments, declarations
    for tag in tree.find_all(True):
        if tag.decomposed:
            continue
        if tag.name in _DROPPED:
            tag.decompose()
        elif tag.name == "input" and "task-list-item-checkbox" in tag.get("class", []):
            tag.replace_with("☑ " if tag.has_attr("checked") else "☐ ")
        elif tag.name in _LEFT_OUT:
            tag.replace_with(f"({_LEFT_OUT[tag.name]} is left out here)")
        elif tag.name not in _TAGS:
            tag.unwrap()
        else:
            tag.attrs = {k: v for k, v in tag.attrs.items() if _kept(tag, k)}
    protocols = {"http", "https", "mailto", "data"}
    edge = bleach.clean(str(tree), _TAGS, lambda *one: _allowed(*one), protocols, strip=True)
    return parsed(edge)


def _kept(tag: Tag, name: str) -> bool:
    value = tag[name]
    if name == "class":
        tag["class"] = [one for one in value if one in _CLASSES] if isinstance(value, list) else []
        return bool(tag["class"])
    return _allowed(tag.name, name, value if isinstance(value, str) else " ".join(value))


def _allowed(tag: str, name: str, value: str) -> bool:
    if name == "id":
        return bool(re.fullmatch(r"h[1-6]", tag))
    if name == "href":
        return tag == "a" and bool(_LINK.match(value))
    if name == "src":
        return tag == "img" and bool(_PICTURE.fullmatch(value))
    if name in ("width", "height", "colspan", "rowspan", "start"):
        return bool(re.fullmatch(r"\d{1,5}", value))
    return name in _ATTRIBUTES


def brought(html: str) -> BeautifulSoup:
    """What an output brought, harmless and finished."""
    return finished(clean(html))


def is_empty(tree: Tag) -> bool:
    """Whether nothing of it could be seen."""
    return not tree.get_text(strip=True) and not tree.find(["img", "hr", "table"])


# --- tidy and set --------------------------------------------------------------------------------
def _formula(latex: str, block: bool) -> Tag | None:
    """MathML of a formula; none if the library does not know it."""
    from latex2mathml import converter

    try:
        code = converter.convert(latex, display="block" if block else "inline")
        ElementTree.fromstring(code)
    except Exception:  # of many kinds, for what is no formula
        return None
    found = parsed(code).find("math")
    for tag in found.find_all(True):
        tag.attrs = {k: v for k, v in tag.attrs.items() if not k.startswith(("on", "href", "src"))}
    return found


def finished(tree: BeautifulSoup) -> BeautifulSoup:
    """Tables tidied, formulas drawn, numbers and dates set as in print, links from page to page."""
    for table in tree.find_all("table"):
        _tidy_table(tree, table)
    for place in tree.find_all(class_="math"):
        formula = _formula(place.get_text(), "display" in place["class"])
        if formula:
            place.replace_with(formula)
        else:
            place.name, place["class"] = "code", []
    for link in tree.find_all("a", href=False):
        link.unwrap()
    for link in tree.find_all("a", href=True):
        if is_empty(link):
            link.extract()
        if found := re.fullmatch(r"([\w-]+)\.ipynb(#.*)?", link["href"]):
            link["href"] = f"{found[1]}.html{found[2] or ''}"
    for node in tree.find_all(string=True):
        _set(tree, node)
    return tree


def _set(tree: BeautifulSoup, node: NavigableString) -> None:
    """A text as in print; dates, and spans of years, each in one piece."""
    if found := node.find_parent(_VERBATIM):
        if found.name == "code" and not found.find_parent("pre"):
            _breakable(tree, node)
        return
    parts = []
    for text, kind in pieces(proper(str(node))):
        part = NavigableString(text)
        if kind:
            part = tree.new_tag(kind, string=text)
            part.attrs = {"class": "span"} if kind == "span" else {}
        parts.append(part)
    if len(parts) > 1 or parts[0] != node:
        node.replace_with(*(part for part in parts if str(part)))


def _breakable(tree: BeautifulSoup, node: NavigableString) -> None:
    """Code with places in its paths where a line may end."""
    first, *rest = re.split(r"(?<=\w/)(?=\w)", str(node))
    if rest:
        more = [one for text in rest for one in (tree.new_tag("wbr"), NavigableString(text))]
        node.replace_with(NavigableString(first), *more)


def _tidy_table(tree: BeautifulSoup, table: Tag) -> None:
    """It scrolls by itself and reads well aloud; numbers, and what stands above them, to the right."""
    body = table.find("tbody") or table
    sides: dict[int, bool] = {}
    for row in body.find_all("tr"):
        cells = row.find_all(["th", "td"])
        last = sum(_span(cell) for cell in cells)
        for cell, at in zip(cells, _places(cells), strict=True):
            if cell.name == "th":
                cell["scope"] = "rowgroup" if cell.get("rowspan") else "row"
            text = cell.get_text(strip=True)
            number = cell.name == "td" and bool(_NUMBER.fullmatch(text))
            if number:
                cell["class"] = "num"
            if text not in ("", "–", "NaN", "<NA>", "None"):  # counted from the right
                sides[last - at] = sides.get(last - at, True) and number
    for row in table.thead.find_all("tr") if table.thead else []:
        cells = row.find_all(["th", "td"])
        last = sum(_span(cell) for cell in cells)
        for cell, at in zip(cells, _places(cells), strict=True):
            if not cell.get_text(strip=True):
                cell.name, cell.attrs = "td", {k: cell[k] for k in ("colspan",) if k in cell.attrs}
                continue
            cell.name, cell["scope"] = "th", "colgroup" if _span(cell) > 1 else "col"
            if _span(cell) == 1 and sides.get(last - at):
                cell["class"] = "num"
    frame = {
        "class": "csto-table",
        "role": "group",
        "aria-label": "Rows of a table",
        "tabindex": "0",
    }
    table.wrap(tree.new_tag("div", attrs=frame))


def _span(cell: Tag) -> int:
    return int(cell.get("colspan", 1))


def _places(cells: list[Tag]) -> list[int]:
    return [sum(map(_span, cells[:number])) for number in range(len(cells))]


# --- the whole page ------------------------------------------------------------------------------
def number_headings(trees: list[Tag], taken: set[str]) -> None:
    """Give each heading an id of its own: those that read the same are numbered from the second on."""
    seen = Counter(taken)
    for tree in trees:
        for heading in tree.find_all(re.compile("^h[1-6]$")):
            name = heading.get("id") or "section"
            seen[name] += 1
            own = name if seen[name] == 1 else f"{name}-{seen[name]}"
            seen[own] += own != name
            heading["id"] = own
            link = heading.find("a", class_="anchor-link")
            if link:
                link["href"] = f"#{own}"


def headings(tree: Tag) -> list[tuple[int, str, str]]:
    """Level, id and text of the headings below the title."""
    found = []
    for heading in tree.find_all(["h2", "h3"]):
        words = [
            text for text in heading.strings if not text.find_parent("a", class_="anchor-link")
        ]
        found.append((int(heading.name[1]), heading["id"], " ".join("".join(words).split())))
    return found


def sections(found: BeautifulSoup) -> list[BeautifulSoup]:
    """A tree cut before each of its headings of the second level."""
    parts = []
    for child in list(found.children):
        if not parts or child.name == "h2":
            parts.append(BeautifulSoup("", "html.parser"))
        parts[-1].append(child.extract())
    return parts


def drop_dead_links(trees: list[Tag], known: set[str]) -> None:
    """A link to a place that the page does not have is text; so is one to a script, as mistune marks it."""
    for tree in trees:
        known = known | {tag["id"] for tag in [tree, *tree.find_all(id=True)] if tag.get("id")}
    for tree in trees:
        for link in tree.find_all("a", href=re.compile("^#")):
            if link["href"][1:] not in known:
                link.unwrap()
