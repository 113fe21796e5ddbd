from digest.llm.requests.growing_text import GrowingText


def test_200_kilobytes_by_the_character_are_told_in_linear_work() -> None:
    told: list[int] = []
    text = GrowingText(lambda shown: told.append(len(shown)), 100_000)
    for _ in range(200_000):
        text.add("x")
    text.tell()
    assert told[-1] == 200_000
    assert sum(told) < 40 * 200_000
    assert told[:20] == list(range(1, 21))


def test_what_was_told_is_not_told_again_and_thoughts_are_not_told() -> None:
    told: list[str] = []
    text = GrowingText(told.append, 10)
    text.add("<think>Pebbles")
    text.add("</think>Stones.")
    text.tell()
    assert told == ["Stones."]


def test_a_text_is_too_long_where_no_tokenizer_would_have_it_so() -> None:
    text = GrowingText(lambda shown: None, 100)
    text.add("x" * 1_800)
    assert not text.is_too_long
    text.add("x")
    assert text.is_too_long
