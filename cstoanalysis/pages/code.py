"""Code as it stands on a page: the few kinds of words that the style sheet colours."""

from functools import cache, lru_cache, partial
from html import escape
from itertools import groupby

from markupsafe import Markup
from pygments import lex
from pygments.lexers import get_lexer_by_name
from pygments.token import Comment, Keyword, Name, Number, Operator, String
from pygments.util import ClassNotFound

_COLOURED = {  # kind of token -> its class; strings in strings are strings
    Keyword: "k",
    Operator.Word: "k",
    Comment: "c",
    String: "s",
    Number: "m",
    Name.Function: "n",
    Name.Builtin: "n",
    Name.Class: "n",
    Name.Decorator: "n",
}


_lexer = cache(partial(get_lexer_by_name, stripnl=False))  # found anew it takes as long as its work


@lru_cache(1000)
def coloured(source: str, language: str = "ipython3") -> Markup:
    """Source as markup, its words told apart where the language is known."""
    try:
        tokens = lex(source, _lexer(language or "text"))
    except ClassNotFound:
        return _text(source)
    written = Markup("")
    for name, run in groupby(tokens, lambda token: _class(token[0])):
        text = _text("".join(value for _, value in run))
        written += Markup('<span class="{}">{}</span>').format(name, text) if name else text
    return written.rstrip("\n")


def _text(source: str) -> Markup:
    """Source as text of an element, where quotation marks may stand as they are."""
    return Markup(escape(source, quote=False))


@cache
def _class(kind) -> str:
    return next((name for wide, name in _COLOURED.items() if kind in wide), "")
