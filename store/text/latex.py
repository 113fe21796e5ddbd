r"""LaTeX and HTML in titles and abstracts -> readable Unicode, where it safely can.

Invariant: `latex_to_unicode` never raises, never loses a letter or digit that is not part of a command, and takes
bounded time; what it does not understand (an unknown command, unbalanced braces, a price in dollars) stays as it was
written.
"""

from __future__ import annotations

import html
import logging
import re
import unicodedata
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any

from pylatexenc import latex2text, latexwalker, macrospec

from store.text.lazy_pattern import compile_lazily
from store.text.math import Formula, replace_formulas

# The library logs what it cannot write out; here that is an abstract's everyday, and the text stays as it was.
logging.getLogger("pylatexenc").setLevel(logging.CRITICAL)

MAX_CHARACTERS = 10_000  # no abstract is longer; what is comes back as it was
_MAX_TAGS_NESTED = 5
_MAX_DEPTH = 12  # nested braces; deeper is no mathematics that a line of text could show

_UNSEEN = "\u00ad\u200b\u2060-\u2064\ufeff"  # fillers, which cut words; the joiners stay: emoji and Persian need them
_MAY_BE_MARKUP = compile_lazily(rf"[\\$~{{}}&<{_UNSEEN}]|--|``|''")
_UNSEEN_CHARACTERS = compile_lazily(f"[{_UNSEEN}]+")
_ENTITY = compile_lazily(r"(?<!\\)&(?:amp;)?(#\d{1,7}|#[xX][\da-fA-F]{1,6}|[a-zA-Z]{2,31}\d{0,2});")
_ATTRIBUTES = r"(?:\s+[\w:-]+\s*=\s*(?:\"[^\"<>]*\"|'[^'<>]*'))*\s*"
_BREAK_TAG = compile_lazily(rf"<(?:br|p|hr){_ATTRIBUTES}/>|</?br\s*>", re.IGNORECASE)
_PAIRED_TAGS = compile_lazily(  # <p> alone may be a mean
    rf"<((?:jats:|mml:)?(?:p|b|i|em|strong|u|tt|code|span|div|a|italic|bold|small|sc|sub|sup|title|sec)){_ATTRIBUTES}>"
    r"((?:(?!<\1\b).)*?)</\1\s*>",
    re.IGNORECASE | re.DOTALL,
)
_SHORT_SCRIPT = compile_lazily(r"[^{}$^_\\]{1,12}")  # which store/text/math.py takes for one amid prose
_BLOCKS = ("p", "div", "title", "sec")
_SCRIPTS = {"sub": "_", "sup": "^"}
_MAY_BE_LATEX = compile_lazily(r"[\\$~{}]|--|``|''")
_SENTENCE = compile_lazily(r"(?<=[.!?] )")
_HIDDEN = "\ue000{}\ue001"  # stands for a converted formula, or words without LaTeX, while the text around is read
_HIDDEN_AGAIN = compile_lazily("\ue000(\\d+)\ue001")
# Words amid words, which the library would read a letter at a time; or a command and what may be its argument.
_PLAIN_RUN = compile_lazily(
    r"\\(?:[a-zA-Z]+\*?|.)\s*\S*"
    r"|(?:(?<=[^\W_] )|^)(?:[^\\{}$~%&#^_`'\-\[\]!?\n\ue000\ue001]|-(?!-)|'(?!'))+(?= |$)"
)
_SETTINGS = compile_lazily(
    r"\\(?:label|textcolor|color|vspace|hspace|unboldmath|boldmath)\*?\{[^{}]*\}|\\xspace\b(?:\{\})?"
    r"|\\(?:unboldmath|boldmath|noindent|centering|par)(?![a-zA-Z])\s?"
)
# Commands with an argument that no reader misses; a link whose text is its address; quotation marks of one kind; and
# \b{eta}, which is what is left of \beta where accents were looked for first.
_SAME_LINK = compile_lazily(r"\\href\{([^{}]*)\}\s*\{(?:\\\w+\{\1\}|\1)\}")
_SPELT = {"lq": "‘", "rq": "’", "etc": "etc.", "aka": "a.k.a."}  # without eating the blank behind, as TeX does
_SPELT_COMMAND = compile_lazily(rf"\\({'|'.join(_SPELT)})(?![a-zA-Z])(?:\{{\}})?(\s*)")
_SAME_QUOTES = compile_lazily(r"``([^`'\n]{1,80})``")
_BROKEN_GREEK = compile_lazily(r"\\([a-z])\{([a-z]{1,6})\}")
_GREEK = frozenset("beta delta tau theta kappa rho chi upsilon".split())
_POSSESSIVE = compile_lazily(r"(?<=[a-z])\\'(?=s\b)")  # object\'s is no accent
_GLUED = compile_lazily(r"(\\[a-zA-Z]+)(?=[^\W\d_a-zA-Z])")  # \boldsymbolπ is \boldsymbol π
_CODE_POINT = compile_lazily(r"\\unicode\{x([0-9A-Fa-f]{2,5})\}")
_WIDE = compile_lazily(r"\\wide(tilde|hat)\b")  # the library loses the wide ones
_WORD_SCRIPT = compile_lazily(
    r"([\^_])(\\(?:text|math|operatorname)[a-z]*\{[^{}]*\})"
)  # x^\text{box} is x^{\text{box}}
_SCRIPT = compile_lazily(r"(\\text\w*\{[^{}]*\})|(?<!\\)[\^_]")  # but \texttt{a_name} is a name
_BARE = compile_lazily(r"(?<!\\)([%$&#])")
_LONE_TIE = compile_lazily(r"(?<!\\)~")
_TIE = compile_lazily(r"(?<=[\w.,;:)\]}])~(?=[^\s~])")  # Fig.~1, but "about ~10" keeps its sign
_SET = compile_lazily(r"(?<![\\\w\]}])\{([^{},\\]+,[^{}\\]*)\}")
_RELATION = "[=<>≠≡≤≥≲≳≪≫≈≃≅∼∝→←↔⇒⇔↦∈∉⊂⊆⊃⊇∪∩×±∓⊗⊕]"
_FUNCTIONS = "log ln exp sin cos tan tanh max min sup inf lim det dim ker arg Pr gcd argmax argmin".split()
# What reads better in a formula on a line: spaces around relations, none inside brackets or exponents.
_SPACING = (
    (compile_lazily(rf"\s*({_RELATION})\s*"), r" \1 "),
    (compile_lazily(r"\s*·\s*"), "·"),
    (compile_lazily(r"\s+"), " "),
    (compile_lazily(r"(?<=[(\[⟨{]) | (?=[)\]⟩},.;])"), ""),
    (compile_lazily(rf"\b({'|'.join(_FUNCTIONS)}) (?=\()"), r"\1"),
    (compile_lazily(rf"^ ?({_RELATION}) "), r"\1"),
    (compile_lazily(r"(?<=\d) × ?$"), "×"),
    (compile_lazily(r"(?<=[\^_]\()[^()]*(?=\))"), lambda found: found[0].replace(" ", "")),
)
_FOR_LIBRARY = compile_lazily(r"[\\{}~\n]|[!?]`")
_LIGATURES = {"---": "—", "--": "–", "``": "“", "''": "”"}
_UNKNOWN_WITH_ARGUMENT = compile_lazily(r"\\(?!begin|end)([a-zA-Z]+)(?=\{[^}])")
_COMMAND = compile_lazily(r"\\(?:begin|end)\{\w+\*?\}|\\[a-zA-Z]+")
_LEFT_OVER = compile_lazily(r"\\(?:[a-zA-Z]+\*?|.)|[{}$^_]")


def latex_to_unicode(text: str) -> str:
    """The text with its LaTeX as Unicode: "$10^{-3}$" is 10⁻³, "H$_2$O" H₂O, "Schr\\"odinger" Schrödinger."""
    if not _MAY_BE_MARKUP.search(text):
        return text
    return _convert_cached(text)


def strip_latex(text: str) -> str:
    """The words of a text as a reader has them: a bar for each formula, commands that stand for no letter left out."""
    prose = replace_formulas(text, lambda _: " | ")
    return _LEFT_OVER.sub("", latex_to_unicode(prose).replace("~", " "))


@lru_cache(maxsize=8192)
def _convert_cached(text: str) -> str:
    if len(text) > MAX_CHARACTERS or "\ue000" in text:
        return text
    whole = _strip_html(text)
    if (clear := _convert_sound(whole)) is not None:
        return clear
    # What one sentence has too many of, an open brace, is no reason to leave the others as they are.
    return "".join(part if (clear := _convert_sound(part)) is None else clear for part in _SENTENCE.split(whole))


def _convert_sound(text: str) -> str | None:
    """None where something in the text is not understood."""
    if not _MAY_BE_LATEX.search(text):
        return text
    if _brace_depth(text) > _MAX_DEPTH:
        return None
    plain = _simplify(text)
    try:
        clear = _convert(plain)
    except (latexwalker.LatexWalkerError, ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return None  # the library's own failures on broken input are of all these kinds
    return clear if _is_complete(plain, clear) else None


def _strip_html(text: str) -> str:
    """Of the few tags and the entities that publishers leave in abstracts."""
    text = _UNSEEN_CHARACTERS.sub("", _ENTITY.sub(_replace_entity, text))
    if "<" not in text:
        return text
    for _ in range(_MAX_TAGS_NESTED):
        text, found = _PAIRED_TAGS.subn(_replace_tags, text)
        if not found:
            break
    return " ".join(_BREAK_TAG.sub(" ", text).split()) if "<" in text or text[:1] == " " else text


def _replace_entity(found: re.Match[str]) -> str:
    clear = html.unescape(f"&{found[1]};").replace("\xa0", " ")
    return clear if clear.isprintable() and not clear.endswith(";") else found[0]


def _replace_tags(found: re.Match[str]) -> str:
    name, inside = found[1].lower().rpartition(":")[2], found[2]
    if name in _SCRIPTS:
        return f"{_SCRIPTS[name]}{{{inside}}}" if _SHORT_SCRIPT.fullmatch(inside) else f" {inside}"
    return f" {inside.strip()} " if name in _BLOCKS else inside


def _simplify(text: str) -> str:
    """What can be put more simply before anything is read."""
    text = _POSSESSIVE.sub("'", _GLUED.sub(r"\1 ", text))
    text = _SPELT_COMMAND.sub(lambda found: _SPELT[found[1]] + ("" if found[1] == "lq" else found[2]), text)
    text = text.replace("‘‘", "“").replace("’’", "”")
    text = _SETTINGS.sub("", _SAME_LINK.sub(r"\\url{\1}", _SAME_QUOTES.sub("“\\1”", text)))
    text = _BROKEN_GREEK.sub(
        lambda found: f"$\\{found[1] + found[2]}$" if found[1] + found[2] in _GREEK else found[0], text
    )
    return _CODE_POINT.sub(
        lambda found: chr(int(found[1], 16)) if chr(int(found[1], 16)).isprintable() else found[0], text
    )


def _brace_depth(text: str) -> int:
    """How deeply braces nest; beyond any cap where they do not balance."""
    depth = deepest = 0
    for brace in re.findall(r"(?<!\\)[{}]", text):
        depth += 1 if brace == "{" else -1
        deepest = max(deepest, depth)
        if depth < 0:
            return _MAX_DEPTH + 1
    return deepest if depth == 0 else _MAX_DEPTH + 1


def _convert(text: str) -> str:
    hidden: list[str] = []

    def hide(formula: Formula) -> str:
        hidden.append(_convert_formula(formula.source))
        return _HIDDEN.format(len(hidden) - 1)

    prose = _convert_prose(replace_formulas(text, hide, scripts=True), hidden)
    return re.sub(r" {2,}", " ", _HIDDEN_AGAIN.sub(lambda found: hidden[int(found[1])], prose))


def _convert_prose(text: str, hidden: list[str]) -> str:
    tied = _LONE_TIE.sub(r"\\textasciitilde{}", _TIE.sub(" ", text))

    def hide(found: re.Match[str]) -> str:
        if found[0].startswith("\\"):
            return found[0]
        hidden.append(found[0])
        return _HIDDEN.format(len(hidden) - 1)

    return _write_unicode(_PLAIN_RUN.sub(hide, _SET.sub(r"\\{\1\\}", tied)))


@lru_cache(maxsize=8192)  # the same $k$ and $n$ stand in many papers
def _convert_formula(text: str) -> str:
    r"""One formula on a line. ^ and _ are read as the commands \sp and \sb, which is what they are in LaTeX."""
    text = _WORD_SCRIPT.sub(r"\1{\2}", _WIDE.sub(r"\\\1", text))
    spelt = _SCRIPT.sub(lambda found: found[1] or (r"\sp " if found[0] == "^" else r"\sb "), text)
    clear = _write_unicode(spelt.replace("~", " "))
    for pattern, better in _SPACING:
        clear = pattern.sub(better, clear)
    return clear.strip()


def _write_unicode(text: str) -> str:
    if not _FOR_LIBRARY.search(text):  # the library would read it a letter at a time, to no other end
        for written, clear in _LIGATURES.items():
            text = text.replace(written, clear)
        return text
    known = _UNKNOWN_WITH_ARGUMENT.sub(
        lambda found: found[0] if _parser_context().get_macro_spec(found[1]) else "", text
    )
    return str(_converter().latex_to_text(_BARE.sub(r"\\\1", known), tolerant_parsing=False))


def _is_complete(before: str, after: str) -> bool:
    """Whether every letter and digit of the text, commands aside, is still there, and no form was left unfilled."""
    bare, clear = (unicodedata.normalize("NFKD", text) for text in (_COMMAND.sub("", before), after))
    kept = all(bare.count(char) <= clear.count(char) for char in set(bare) if char.isalnum())
    return kept and after.count("%s") <= before.count("%s")


# How commands are written out. The library knows the symbols and accents; these are the ones where plain text asks
# for something else, or where it would lose what it does not know.

_SUPERSCRIPTS = str.maketrans(
    "0123456789+-−=.abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVWαβγδθ*′",
    "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼·ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂᵅᵝᵞᵟᶿ*′",
)
_SUBSCRIPTS = str.maketrans("0123456789+-−=.aehijklmnoprstuvxβγρφχ", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌.ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ")


def _argument(node: Any, writer: Any, number: int = -1) -> str:
    return str(writer.nodelist_to_text([node.nodeargd.argnlist[number]])).strip()


def _wrap_argument(form: str) -> Callable[[Any, Any], str]:
    """A command's one argument in a form, "(%s)"; the command as it is written where it has none."""

    def write(node: Any, l2tobj: Any) -> str:
        return form % _argument(node, l2tobj) if node.nodeargd.argnlist else _write_verbatim(node)

    return write


def _write_superscript(node: Any, l2tobj: Any) -> str:
    return _write_script(
        _argument(node, l2tobj), "^", _SUPERSCRIPTS, {"∘": "°", "∗": "*", "⊤": "ᵀ", "†": "†", "'": "′", "′": "′"}
    )


def _write_subscript(node: Any, l2tobj: Any) -> str:
    return _write_script(_argument(node, l2tobj), "_", _SUBSCRIPTS, {})


def _write_script(text: str, sign: str, table: dict[int, int], whole: dict[str, str]) -> str:
    if text in whole:
        return whole[text]
    tight = text.replace(" ", "")
    if tight and all(ord(char) in table for char in tight) and (len(tight) <= 2 or not tight.isalpha()):
        return tight.translate(table)
    return f"{sign}{text}" if tight.isalnum() else f"{sign}({text})"


def _write_fraction(node: Any, l2tobj: Any) -> str:
    over, under = (_argument(node, l2tobj, number) for number in (-2, -1))
    return "/".join(part if re.fullmatch(r"[\w.]+", part) else f"({part})" for part in (over, under))


def _write_root(node: Any, l2tobj: Any) -> str:
    inside = _argument(node, l2tobj)
    degree = node.nodeargd.argnlist[0]
    sign = "√" if degree is None else f"{l2tobj.nodelist_to_text([degree]).strip('[]').translate(_SUPERSCRIPTS)}√"
    return sign + (inside if len(inside) == 1 or inside.isdigit() else f"({inside})")


def _write_blackboard(node: Any, l2tobj: Any) -> str:
    inside = _argument(node, l2tobj)
    return str(latex2text.fmt_math_text_style(inside, "doublestruck")) if len(inside) == 1 else inside


def _write_link(node: Any, l2tobj: Any) -> str:
    address, text = (_argument(node, l2tobj, number) for number in (0, 1))
    return text if text == address else f"{text} ({address})"


def _write_verbatim(node: Any) -> str:
    return str(node.latex_verbatim())


_ONE_ARGUMENT = {
    "%s": "emph textbf textit textrm textsc textsf textsl texttt textmd textup textnormal text mbox hbox underline "
    "uline url mathrm mathbf mathit mathsf mathtt mathcal mathscr mathfrak mathnormal boldsymbol bm pmb operatorname "
    "ensuremath num overline",
    "“%s”": "enquote",
    " (%s)": "footnote",
    "[%s]": "cite citep citet citealp parencite",
}
_FIXED = {
    "eg": "e.g.", "ie": "i.e.", "LaTeX": "LaTeX", "TeX": "TeX", "deg": "°", "degree": "°", "top": "⊤", "percent": "%",
    "left": "", "right": "", "big": "", "Big": "", "bigl": "", "bigr": "", "displaystyle": "", "limits": "", "em": "",
    "it": "", "bf": "", "rm": "", "sf": "", "tt": "", "sc": "", "sl": "", "cal": "", "itshape": "", "bfseries": "",
    "circledR": "®", "land": "∧", "lor": "∨", "lnot": "¬",
    **dict.fromkeys("small tiny scriptsize footnotesize normalsize large Large scshape sffamily ttfamily".split(), ""),
    **dict.fromkeys("rmfamily upshape scriptstyle textstyle".split(), ""),
    "/": "", "!": "", ",": " ", ";": " ", ":": " ", " ": " ", "-": "", "quad": " ", "qquad": " ",
    "colon": ": ", "|": "‖", "%": "%", "space": " ", "textless": "<", "textgreater": ">", "to": "→",
    "item": " • ", **{name: f" {name} " for name in _FUNCTIONS},
}  # fmt: skip
_WRITERS = {
    "frac": _write_fraction,
    "dfrac": _write_fraction,
    "tfrac": _write_fraction,
    "nicefrac": _write_fraction,
    "sqrt": _write_root,
    "mathbb": _write_blackboard,
    "href": _write_link,
    "sp": _write_superscript,
    "sb": _write_subscript,
}
# The library drops these, or puts a mark of its own in their place.
_UNTOUCHED = (
    "title author date maketitle today input include includegraphics ref autoref cref Cref eqref part chapter section "
    "subsection subsubsection paragraph subparagraph colorbox fcolorbox"
).split()


@cache
def _converter() -> Any:
    """pylatexenc's converter, strict about spaces, that leaves unknown commands as they are written."""
    context = latex2text.get_default_latex_context_db()
    known = [
        latex2text.MacroTextSpec(name, _wrap_argument(form))
        for form, names in _ONE_ARGUMENT.items()
        for name in names.split()
    ]
    known += [latex2text.MacroTextSpec(name, lambda _node, text=text: text) for name, text in _FIXED.items()]
    known += [latex2text.MacroTextSpec(name, form) for name, form in _WRITERS.items()]
    known += [latex2text.MacroTextSpec(name, _write_verbatim) for name in _UNTOUCHED]
    context.add_context_category("paperroute", prepend=True, macros=known)
    context.set_unknown_macro_spec(latex2text.MacroTextSpec("", _write_verbatim))
    context.set_unknown_environment_spec(latex2text.EnvironmentTextSpec("", _write_verbatim))
    return _LatexConverter(latex_context=context, strict_latex_spaces=True)


@cache
def _parser_context() -> Any:
    context = latexwalker.get_default_latex_context_db()
    macros = [macrospec.MacroSpec(name, "{") for names in _ONE_ARGUMENT.values() for name in names.split()]
    macros += [macrospec.MacroSpec(name, "{") for name in ("sp", "sb", "mathbb")]
    macros += [macrospec.MacroSpec(name, "{{") for name in ("frac", "dfrac", "tfrac", "nicefrac", "href")]
    macros += [macrospec.MacroSpec(name, "") for name in _FIXED]
    context.add_context_category("paperroute", prepend=True, macros=macros)
    return context


class _LatexConverter(latex2text.LatexNodes2Text):  # type: ignore[misc]  # the library ships no types
    """Reads with the commands above, and keeps the braces of a set: {a, b}."""

    def latex_to_text(self, latex: str, **parse_flags: Any) -> str:
        walker = _LatexWalker(latex, latex_context=_parser_context(), **parse_flags)
        return str(self.nodelist_to_text(walker.get_latex_nodes()[0]))


class _LatexWalker(latexwalker.LatexWalker):  # type: ignore[misc]  # likewise
    """Knows a letter or digit at once; the library looks through all that it might be, which takes most of its time."""

    def get_token(self, pos: int, *args: Any, **kwargs: Any) -> Any:
        if (char := self.s[pos : pos + 1]).isalnum():
            return latexwalker.LatexToken(tok="char", arg=char, pos=pos, len=1, pre_space="")
        return super().get_token(pos, *args, **kwargs)
