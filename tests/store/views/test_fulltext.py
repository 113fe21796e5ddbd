"""Full-text search: what was written is found, in any script, and nothing a reader types breaks it."""

from __future__ import annotations

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from store import Store
from store.indexing.query_terms import parse_phrases
from store.indexing.search_syntax import parse_search
from store.indexing.snippets import WIDTH, best_snippet
from store.text.latex import latex_to_unicode
from store.text.term_match import stem_text
from tests.factories.store import NOON, digest, paper, shown, survey

HOSTILE = [
    '"',
    '""',
    "'",
    "AND",
    "OR NOT",
    "NEAR(",
    "NEAR(a b, 5)",
    "*",
    "a*",
    "^",
    "^a",
    "title:",
    "title: a",
    "-",
    "-a",
]
HOSTILE += [
    "{title} : a",
    "(",
    ")",
    "a AND",
    "+",
    "a + b",
    "\\",
    ";--",
    "%",
    "_",
    "😀",
    "",
    " ",
    "\x00",
    "\ud83d",
    "[1]",
]
HOSTILE += ["a" * 10_000, "a " * 5_000, '"' * 999, "( " * 500, "画" * 5_000, "ｶﾞ", "\u0301", "𝔏𝔬ℜ𝔄", "c++" * 900]


@pytest.fixture(scope="module")
def store(new_place):
    with new_place() as place, place.open() as opened:
        opened.papers.add(
            [
                paper(
                    "lora",
                    title="LoRA-based generation of images",
                    abstract="Low-rank adapters steer a diffusion model.",
                ),
                paper("explore", title="Exploration of spaces", abstract="An image shows the cover time of each walk."),
                paper("cpp", title="Teaching C++ and C#", abstract="Programs in both are compared; a grade is given."),
                paper("c", title="Teaching C", abstract="Pointers, and a vitamin C study."),
                paper("ja", title="拡散モデルによる画像生成", abstract="ＬｏＲＡを用いた画像生成の研究。ガイド付き。"),
                paper("zh", title="图像生成综述", abstract="我们回顾扩散模型。"),
                paper("ko", title="이미지 생성 연구", abstract="확산 모델을 사용한다."),
                paper(
                    "names", title="A bridge", abstract="Of entropy.", authors=("Erwin Schrödinger", "Šárka Ångström")
                ),
            ]
        )
        opened.editions.freeze(
            survey(
                "s1",
                question="拡散モデルの動向を知りたい",
                opening="Adapters are small [1, 2]. They are trained in C++ [17].",
                papers=(shown(1, "1", "Rank and file"),),
            )
        )
        opened.editions.freeze(digest("d1", title="Walks of the week", quiet="No new papers this time."))
        yield opened


def found(store, words):
    return {hit.paper.id for hit in store.search.papers(words)}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("lora", {"lora", "ja"}),
        ("LORA Images", {"lora"}),
        ("image", {"lora", "explore"}),
        ("lora-based", {"lora"}),
        ("images of generation", {"lora"}),
        ('"images of generation"', set()),
        ('"generation of images"', {"lora"}),
        ("“generation of images”", {"lora"}),
        ('"generation of imaginary', set()),
        ('"generation of', {"lora"}),
        ("c++", {"cpp"}),
        ("C#", {"cpp"}),
        ("Ｃ＋＋", {"cpp"}),
        ("c", {"c"}),
        ("teaching AND c++", {"cpp"}),
        ("and", {"cpp", "c"}),
        ("画像生成", {"ja"}),
        ("画像 拡散", {"ja"}),
        ("画像生成のLoRA", {"ja"}),
        ("「画像生成の研究」", {"ja"}),
        ("生画", set()),
        ("ｶﾞｲﾄﾞ", {"ja"}),
        ("がいど", set()),
        ("图像", {"zh"}),
        ("扩散模型", {"zh"}),
        ("모델", {"ko"}),
        ("schrodinger", {"names"}),
        ("SCHRÖDINGER", {"names"}),
        ("sarka angstrom", {"names"}),
        ("title:lora", set()),
        ("image -cover", {"lora"}),
        ("😀", set()),
        ("images 😀", {"lora", "explore"}),
        ("", set()),
    ],
)
def test_papers_are_found_by_their_words(store, words, expected):
    assert found(store, words) == expected


@pytest.mark.parametrize("words", HOSTILE)
def test_nothing_a_reader_types_is_an_error(store, words):
    store.search.papers(words)
    store.search.editions(words)
    store.papers.frequencies([words])


@settings(max_examples=150, deadline=None)
@given(st.text(st.characters() | st.sampled_from('"*^-+#()[]{}:NEARAND ')))
def test_no_text_at_all_is_an_error(store, words):
    for hit in store.search.papers(words):
        assert hit.snippet.text


# Texts of the scripts that arXiv and its readers write, with what commonly stands between the words.
WRITTEN = st.text(
    st.sampled_from("abcXYZ019éßøŠΣςλжЙ画像生成の研究ガーﾞがギ이미지를图扩ＡｂＣﬁ½²")
    | st.sampled_from(" -'’+#.,;:*()[]$\\{}_^\n\"“。、・😀"),
    min_size=1,
    max_size=24,
)


def reads_as_written(title: str) -> bool:
    """What is LaTeX is found as it is shown, and not as it was written."""
    return latex_to_unicode(title).split() == title.split()


@settings(max_examples=60, deadline=None)
@given(WRITTEN, WRITTEN, WRITTEN)
@example("C++", "and", "C#")
@example("ΟΔΟΣ", "İ", "ǅ")
@example("0", "0:ﾞ", "0")
@example("0", "ｶ ﾞa", "0")
@example("0", "-a", "0")
def test_every_title_is_found_by_itself(new_place, before, title, after):
    asked = title.replace('"', " ").replace("“", " ")
    assume(parse_phrases(f'"{asked}"'))
    assume(reads_as_written(f"{before} {title} {after}"))
    with new_place() as place, place.open() as store:
        store.papers.add([paper("1", title=f"{before} {title} {after}", abstract="-", authors=())])
        assert found(store, f'"{asked}"') == {"1"}
        typed = parse_search(title)
        assert found(store, title) == {"1"} or not typed.phrases or typed.excluded


@pytest.mark.parametrize(
    ("words", "id_"),
    [
        *[(words, "erdos") for words in ("Erdős", "Erdos", "ERDŐS graph", '"On Erdős graphs"')],
        *[(words, "walk") for words in ("Schrödinger", "Schrodinger", "schrödinger's walks")],
        *[(words, "levy") for words in ("Levy", "Lévy", "L\u0065\u0301vy")],
        *[(words, "mobius") for words in ("Möbius", "Mobius")],
        *[(words, "bounds") for words in ("Łojasiewicz", "Lojasiewicz")],
        *[(words, "water") for words in ("H2O", "H₂O", "h2o cluster")],
        *[(words, "nguyen") for words in ("Nguyễn", "Nguyen", "Alembert", "d'Alembert", "strasse", "Straße", "Søren")],
        *[
            (words, "shots")
            for words in ("few-shot", "fewshot", "few shot", "multimodal", "multi-modal", "AT&T", "gauss")
        ],
    ],
)
def test_papers_are_found_by_what_the_page_shows_with_or_without_accents(place, words, id_):
    with place.open() as store:
        store.papers.add(
            [
                paper("erdos", title="On Erd\\H{o}s graphs"),
                paper("walk", title='The Schr\\"{o}dinger walk'),
                paper("levy", title="L\\'evy jumps"),
                paper("mobius", title='M\\"obius bands'),
                paper("bounds", title="{\\L}ojasiewicz bounds"),
                paper("water", title="H$_2$O clusters"),
                paper("nguyen", title="Nguy\\~{\\^e}n and d'Alembert", abstract="On the Stra{\\ss}e of S{\\o}ren."),
                paper("shots", title="Few-shot learning", abstract="Multi-modal, at AT&amp;T, by Gau\u00adss."),
            ]
        )
        (hit,) = store.search.papers(words)
        assert hit.paper.id == id_
        assert hit.snippet.matches


def test_pages_of_results_do_not_overlap(store):
    first = store.search.papers("a", limit=2)
    rest = store.search.papers("a", limit=50, offset=2)
    assert len(first) == 2
    assert not {hit.paper.id for hit in first} & {hit.paper.id for hit in rest}
    assert store.search.papers("a", limit=-1) == []


def test_a_title_counts_more_than_an_abstract(place):
    with place.open() as store:
        store.papers.add([paper("1", abstract="An owl."), paper("2", title="Owl", abstract="x")])
        assert [hit.paper.id for hit in store.search.papers("owl")] == ["2", "1"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("graphs", ["s1", "d1"]),
        ("adapters c++", ["s1"]),
        ("rank and file", ["s1"]),
        ("拡散モデル", ["s1"]),
        ("week", ["d1"]),
        ('"no new papers"', ["d1"]),
        ("17", []),
    ],
)
def test_editions_are_found_by_question_text_and_papers(store, words, expected):
    assert sorted(hit.edition.id for hit in store.search.editions(words)) == sorted(expected)


def test_editions_are_found_by_kind(store):
    assert [hit.edition.id for hit in store.search.editions("graphs", kind="survey")] == ["s1"]
    assert store.search.editions("graphs")[0].edition.created_at == NOON


def marked(texts, words):
    made = best_snippet(texts, parse_phrases(words))
    return made, [made.text[start:end] for start, end in made.matches]


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("The images of an image, imagined.", "image", ["images", "image"]),
        ("Programs in C++ and c.", "c++", ["C++"]),
        ("拡散モデルによる画像生成", "画像", ["画像"]),
        ("By Erwin SCHRÖDINGER", "schrodinger", ["SCHRÖDINGER"]),
        ("end-to-end and end", '"end to end" end', ["end-to-end", "end"]),
        ("ＬｏＲＡ works", "lora", ["ＬｏＲＡ"]),
        ("Exploration", "lora", []),
        ("", "lora", []),
    ],
)
def test_a_snippet_shows_the_words_as_they_stand(text, words, expected):
    assert marked([text], words)[1] == expected


def test_a_snippet_comes_from_the_text_that_holds_most_of_the_words():
    texts = ["Nothing here.", "An owl alone.", "An owl and a hawk."]
    assert marked(texts, "owl hawk")[0].text == "An owl and a hawk."
    assert marked(texts, "kite")[0].text == "Nothing here."


def test_a_long_text_is_cut_around_the_words_between_spaces():
    text = " ".join(["far"] * 200 + ["owl", "and", "hawk"] + ["away"] * 200)
    made, shown_words = marked([text], "owl hawk")
    assert shown_words == ["owl", "hawk"]
    assert made.text.startswith("…far ")
    assert made.text.endswith(" away…")
    assert WIDTH / 2 < len(made.text) <= WIDTH + 2


@settings(max_examples=80, deadline=None)
@given(st.lists(WRITTEN, min_size=1, max_size=60), WRITTEN)
def test_a_snippet_is_a_piece_of_the_text_with_its_marks_inside(pieces, words):
    text = " ".join(pieces)
    made, _ = marked([text, ""], words)
    assert made.text.strip("…") in " ".join(text.split())
    assert len(made.text) <= WIDTH + 2
    flat = [at for span in made.matches for at in span]
    assert flat == sorted(flat)
    assert all(0 <= start < end <= len(made.text) for start, end in made.matches)


@settings(max_examples=60, deadline=None)
@given(WRITTEN)
@example("C#の本")
def test_the_index_holds_the_stems_as_they_are_and_nothing_else(tmp_path_factory, text):
    with Store.open(tmp_path_factory.mktemp("s") / "store.db") as store:
        store.papers.add([paper("1", title=text, abstract="", authors=())])
        store.papers.get_read(["1"])
        with store._database.read() as session:
            session.run("CREATE VIRTUAL TABLE temp.terms USING fts5vocab (main, papers_fts, row)")
            terms = {term for (term,) in session.rows("SELECT term FROM temp.terms")}
    assert terms == set(stem_text(latex_to_unicode(text)).split())
