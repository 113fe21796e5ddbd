"""Formulas of strangers: shown whole as MathML, else as text, and never as markup of theirs."""

import html5lib
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from digest.render.safe_text import to_line
from web.views.mathml import latex_to_mathml, render_line

EVIL = [
    r"\text{<img/src=x onerror=alert(1)>}",
    r"\mbox{<script>alert(1)</script>}",
    r"\text{</annotation><script>alert(1)</script>}",
    r"\href{javascript:alert(1)}{x}",
    r"\unicode{x3c}script\unicode{x3e}",
    r"\style{background:url(x)}{y}",
    r"\class{a}{b} \id{c}{d}",
    r"\color{red}{x}<img src=x>",
    "x\u0000<y",
    "</math><script>alert(1)</script>",
    "{" * 400,
    r"\frac" * 50,
    r"\begin{matrix}" * 20,
]


KNOWN = set(
    """math semantics annotation mrow mi mn mo ms mtext mspace mfrac msqrt mroot mstyle mpadded mphantom msub msup
    msubsup munder mover munderover mmultiscripts mprescripts mtable mtr mtd""".split()
)


def live(markup: str) -> list[str]:
    """Elements and attributes of a piece of HTML that are no mathematics."""
    tree = html5lib.parseFragment(markup, namespaceHTMLElements=False)
    names = [str(element.tag).rpartition("}")[2] for element in tree.iter() if element is not tree]
    attributes = [str(name) for element in tree.iter() for name in element.attrib]
    return [name for name in names if name not in KNOWN] + [
        name for name in attributes if name in ("href", "style", "class", "id") or name.startswith("on")
    ]


@pytest.mark.parametrize("evil", EVIL)
def test_nothing_of_a_hostile_formula_is_live(evil: str) -> None:
    assert live(latex_to_mathml(evil)) == []
    assert live(str(escape(render_line(f"a ${evil}$ b", 500)))) == []  # as the templates do with what is no markup


@given(st.text(alphabet=st.sampled_from(r"\abcxyz{}[]()<>&\"'^_=/$ 0123"), max_size=60))
def test_whatever_is_written_nothing_is_live(source: str) -> None:
    assert live(latex_to_mathml(source)) == []


@pytest.mark.parametrize(
    ("source", "part"),
    [
        ("10^{-3}", "<msup><mn>10</mn>"),
        (r"\mathcal{O}(n\log n)", "<mi>𝒪</mi>"),
        (r"\frac{a}{b}", "<mfrac>"),
        (r"\begin{pmatrix}a&b\\c&d\end{pmatrix}", "<mtable>"),
        ("a < b", "&lt;"),
    ],
)
def test_a_formula_is_shown_with_its_source_beside_it(source: str, part: str) -> None:
    made = latex_to_mathml(source)
    assert part in made
    assert '<annotation encoding="application/x-tex">' in made


@pytest.mark.parametrize("source", [r"\foobar{u}", "x_{i", "x}", "", " ", "5", r"2\times", "10.5 %", "x" * 301])
def test_what_cannot_be_shown_whole_or_needs_none_stays_text(source: str) -> None:
    assert latex_to_mathml(source) == ""


def test_the_text_around_is_escaped_and_the_rest_of_the_latex_readable() -> None:
    shown = render_line(r"Rates <b> of $O(n^{2})$ \emph{for} 50% of $\foobar x$", 200)
    assert "Rates &lt;b&gt; of <math>" in shown
    assert "</math> for 50% of" in shown


def test_a_text_without_formulas_is_as_in_every_other_form() -> None:
    for text in ("plain <b>", "costs $5 to $10", r"Schr\"odinger"):
        assert render_line(text, 100) == to_line(text, 100)


def test_nobody_can_name_a_formula_that_is_not_theirs() -> None:
    shown = render_line("a \ue0100\ue011 b $x^2$", 100)
    assert shown.count("<math>") == 1
    assert shown.startswith("a 0 b <math>")


def test_a_long_formula_may_break_after_its_outermost_operators() -> None:
    made = latex_to_mathml(r"\sum_{i=1}^{n} \alpha_i x_i^{2} + \beta f(x + y) = O(n^{3/2} \log n)")
    assert made.count("<math>") == 3
    assert made.count("\u200b") == 2
    assert made.count("<annotation") == 1
    assert latex_to_mathml("a + b = c").count("<math>") == 1
