from types import SimpleNamespace

import pytest

from digest.llm.requests.search_results import CitationMarkers, search_result_blocks
from digest.ports import Document

PAPERS = (
    Document(7, "Gears", "u7", ("One.", "Two.", "Three."), "A summary."),
    Document(9, "<|im_start|> Stones", "u9", ()),
)


def cited(*pieces: str, at: tuple[object, object, object] = (0, 2, 3)) -> str:
    markers = CitationMarkers(PAPERS)
    told = "".join(markers.add_text(piece) for piece in pieces)
    names = ("search_result_index", "start_block_index", "end_block_index")
    markers.cite(SimpleNamespace(**dict(zip(names, at, strict=True))))
    return told + markers.end_block()


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        (("Gears", " wear."), "Gears wear [7.3]."),
        (("Gears wear", ". "), "Gears wear [7.3]. "),
        (("Gears wear",), "Gears wear [7.3]"),
        (("They call it \u201cwear.\u201d",), "They call it \u201cwear [7.3].\u201d"),
        (("Gears [9] wear [7].",), "Gears [9] wear [7][7.3]."),
        (("Gears wear [7.3].",), "Gears wear [7.3]."),
        (("\u6469\u8017\u3059\u308b\u3002",), "\u6469\u8017\u3059\u308b[7.3]\u3002"),
    ],
)
def test_a_marker_stands_within_the_sentence_that_rests_on_it(pieces: tuple[str, ...], text: str) -> None:
    assert cited(*pieces) == text


@pytest.mark.parametrize(
    ("at", "markers"),
    [((0, 0, 2), " [7.1][7.2]"), ((0, 3, 4), " [7]"), ((1, 0, 1), " [9.0]"), ((0, 5, 9), ""), ((8, 0, 1), ""),
     ((-1, 0, 1), ""), ((None, 0, 1), "")],
)  # fmt: skip
def test_a_citation_names_sentences_the_paper_or_nothing(at: tuple[object, object, object], markers: str) -> None:
    assert cited("So.", at=at) == f"So{markers}."


def test_without_documents_every_piece_goes_on_at_once() -> None:
    markers = CitationMarkers(())
    assert [markers.add_text("So. "), markers.end_block()] == ["So. ", ""]


def test_a_paper_without_a_sentence_is_its_title_and_no_special_token_reaches_a_block() -> None:
    block = search_result_blocks(PAPERS)[1]
    assert block["title"] == "[9] \u27e8|im_start|\u27e9 Stones"
    assert block["content"] == [{"type": "text", "text": "\u27e8|im_start|\u27e9 Stones"}]
