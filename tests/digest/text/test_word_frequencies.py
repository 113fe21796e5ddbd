"""What a question's words are worth before any paper was seen."""

from digest.text.word_frequencies import word_frequencies


def test_a_rare_word_weighs_more_than_a_common_one_and_an_unknown_one_the_most() -> None:
    table = word_frequencies()
    weights = [table.idf(stem) for stem in ("model", "transformer", "radianc", "bookbind")]
    assert weights == sorted(weights)
    assert weights[0] > 0


def test_it_knows_words_as_they_are_written_and_in_any_inflection() -> None:
    table = word_frequencies()
    assert {"networks", "traffic", "forecasting"} <= set(table.words)
    assert table.knows("forecasts")
    assert not table.knows("netwroks")
