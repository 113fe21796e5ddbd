"""LaTeX as a reader wants it, and nothing lost where it cannot be read."""

import re
import unicodedata
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.text.latex import latex_to_unicode


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"Schr\"odinger, Poincar\'e, na\"{\i}ve, \L{}\'od\'z, Erd\H{o}s", "Schrödinger, Poincaré, naïve, Łódź, Erdős"),
        (r"$\alpha$-decay and an $\ell_1$-norm", "α-decay and an ℓ₁-norm"),
        ("$10^{-3}$ and 10^{-3}", "10⁻³ and 10⁻³"),
        (r"$\mathcal{O}(n^2)$ or $O(n \log n)$", "O(n²) or O(n log n)"),
        ("H$_2$O, $^{13}$C, CO$_2$", "H₂O, ¹³C, CO₂"),
        (r"$k$-NN in $\mathbb{R}^{n\times d}$", "k-NN in ℝ^(n×d)"),
        (r"\emph{for $n$ items} {\it x} {\bf y} \textbf{A}\textit{b}", "for n items x y Ab"),
        (r"$\sim$10, $\sim 10$, $\approx 5\%$, $p<0.05$", "∼10, ∼10, ≈5%, p < 0.05"),
        (r"3$\times$ or $25 \times$ faster, 5\,km, 90$^\circ$, 360{\deg}", "3× or 25× faster, 5 km, 90°, 360°"),
        (r"``a'' -- b --- c~d R\&D 5\%", "“a” – b — c d R&D 5%"),
        ("``a`` and ``b``", "“a” and “b”"),
        (r"$\frac{a+b}{c}$, $\frac{1}{2}$, $\sqrt{n}$, $\sqrt{a+b}$", "(a+b)/c, 1/2, √n, √(a+b)"),
        (r"$T_{\text{max}}$, $x_i^2$, $a_{n+1}$, $e^{-t/\tau}$", "T_max, xᵢ², aₙ₊₁, e^(-t/τ)"),
        (r"AP$_{50}^\text{box}$, $x_\mathrm{max}$", "AP₅₀^box, x_max"),
        (r"at \url{https://a.example/x_y}", "at https://a.example/x_y"),
        (r"\href{https://b.example}{here}", "here (https://b.example)"),
        (r"\href{https://b.example}{\texttt{https://b.example}}", "https://b.example"),
        (r"a\footnote{see \url{https://a.example}\label{x}} \cite{b2024}", "a (see https://a.example) [b2024]"),
        (r"\(x^2\) and \[y\] and $$z$$", "x² and y and z"),
        (r"$\texttt{time_interpret}$", "time_interpret"),
        (r"an object\'s $\boldsymbolπ_{0}$ and $π_{0.5}$, $(dk)^{O(k)}$", "an object's π₀ and π₀.₅, (dk)^(O(k))"),
        (r"\b{eta}-VAE", "β-VAE"),
        (r"an \ac{LLM} by \ours, e.g. \eg", "an LLM by \\ours, e.g. e.g."),
        (r"Nguy\~{\^e}n, Nguy{\~{\^e}}n, S\~ao, Ho\`ang, {\L}ojasiewicz", "Nguyễn, Nguyễn, São, Hoàng, Łojasiewicz"),
        (r"\boldmath $B\to K$ and {\boldmath $D$} \noindent x", "B → K and D x"),
        (r"\lq quoted\rq{} and \lq\lq twice\rq\rq, \etc, \scriptsize small", "‘quoted’ and “twice”, etc., small"),
        ("a &lt; b &amp;amp; c &#233; Q&A R\\&D; AT&amp;T&nbsp;x &none;", "a < b & c é Q&A R&D; AT&T x &none;"),
        ("<p>One.</p> <p class='x'>H<sub>2</sub>O at 10<sup>-3</sup></p>", "One. H₂O at 10⁻³"),
        ("<i>E. coli</i>, <jats:bold>two</jats:bold><br/>three<br>four", "E. coli, two three four"),
        ("ze\u200bro\u00ad wi\u2060dth\ufeff", "zero width"),
        (r"Of {two. In $x_1$ \emph{one}. {Three.", "Of {two. In x₁ one. {Three."),
    ],
)  # fmt: skip
def test_latex_becomes_unicode(written, read):
    assert latex_to_unicode(written) == read


@pytest.mark.parametrize(
    "text",
    [
        "plain text, 100% of it & more #1",
        "it costs $5",
        "from $5 to $10, or $5-$10",
        "between $5M and $10M",
        "about (~50% of) ~10 items",
        "labels {0, 1}",
        "the mean <p> of <i, j>, a <s> token, x < y and y > z, vectors <a, b>",
        "file_name and x^2",
        r"unbalanced \emph{text",
        "unbalanced } brace { here",
        r"a path C:\temp\new",
        r"\ref{fig} \input{secret} \today",
        "$x^$",
        "",
    ],
)
def test_what_is_no_latex_or_broken_stays_as_it_was(text):
    assert latex_to_unicode(text) == text


@pytest.mark.parametrize(
    "hostile",
    [
        "{" * 9000 + "}" * 9000,
        "{" * 4000 + "}" * 4000,
        "$" * 9000,
        r"\(" * 4500,
        r"\sqrt{" * 1500,
        "$" + "^{" * 11 + "x" + "}" * 11 + "$",
        r"\begin{a}" * 900,
        "\ue0000\ue001 $x$",
        "\\" * 9001,
        r"\unicode{xd800} \unicode{x0} \unicode{x202e}",
        r"\input{/etc/passwd} \include{x}",
        "%" * 5000 + "$x$",
    ],
    ids=range(12),
)
def test_hostile_input_comes_back(hostile):
    assert isinstance(latex_to_unicode(hostile), str)
    latex_to_unicode(hostile).encode()


def test_no_file_is_read(tmp_path, monkeypatch):
    (tmp_path / "x.tex").write_text("secret")
    monkeypatch.chdir(tmp_path)
    assert "secret" not in latex_to_unicode(r"\input{x.tex} and $a$")


PIECES = st.sampled_from(
    [
        r"\alpha",
        "$",
        "{",
        "}",
        "^",
        "_",
        "a",
        "word",
        " ",
        "5",
        r"\emph",
        r"\frac",
        "%",
        "&",
        "~",
        "--",
        "``",
        r"\\",
        r"\$",
    ]
)


@given(st.lists(PIECES, max_size=25).map("".join))
@settings(max_examples=200, deadline=None)
def test_no_letter_or_digit_is_lost(text):
    bare = Counter(re.sub(r"\\[a-zA-Z]+", "", text))
    read = Counter(unicodedata.normalize("NFKD", latex_to_unicode(text)))
    assert all(read[sign] >= bare[sign] for sign in "word5a")
