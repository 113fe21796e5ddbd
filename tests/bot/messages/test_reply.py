"""What a survey's statements rest on, as Slack shows it."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from bot import ids
from bot.limits import Block, message_problems
from bot.messages.answer import answer_message
from bot.messages.blocks import Message
from bot.messages.reply import evidence_message
from bot.messages.survey import survey_messages
from store.records.editions import Edition, EvidenceSentence
from tests.doubles.editions import checked_edition, edition, hostile_edition


def written(message: Message | None) -> str:
    assert message is not None
    assert message_problems(message.arguments()) == []
    return "\n".join(str(block.get("text", "")) for block in message.blocks if block["type"] == "markdown")


def elements(messages: list[Message]) -> dict[str, Block]:
    blocks = [block for message in messages for block in message.blocks if block["type"] == "actions"]
    return {one["action_id"]: one for block in blocks for one in block["elements"]}


@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "ja"])
def test_each_statement_of_a_part_is_told_with_its_verdict_and_its_sentences(language: str) -> None:
    made = checked_edition(weak=True, language=language)
    for part in {one.section for one in made.statements}:
        told = written(evidence_message(made, part))
        own = [one for one in made.statements if one.section == part]
        assert told.count("“") >= sum(min(2, len(one.evidence)) for one in own)
        for one in own:
            assert one.sentence[:30].split(" [")[0] in re.sub(r"\\(?=\W)", "", told)


def test_a_part_of_which_nothing_is_known_has_none() -> None:
    made = checked_edition()
    assert evidence_message(made, 99) is None
    assert evidence_message(edition(12), 0) is None
    assert evidence_message(edition(12), -1) is None


def test_a_menu_below_the_survey_offers_each_part_and_a_button_below_the_answer_the_opening() -> None:
    made = checked_edition()
    parts = sorted({one.section for one in made.statements})
    menu = elements(survey_messages(made))[ids.EVIDENCE]
    assert [option["value"] for option in menu["options"]] == [f"{part} {made.id}" for part in parts]
    button = elements([answer_message(made)]).get(ids.EVIDENCE)
    assert (button is not None) is (-1 in parts)
    if button:
        assert button["value"] == f"-1 {made.id}"
    for message in (*survey_messages(edition(12)), answer_message(edition(12))):
        assert ids.EVIDENCE not in str(message.blocks)


def filled(made: Edition, count: int, text: str) -> Edition:
    one = replace(made.statements[0], section=0, sentence=text[:900] + " [1].", papers=(1,))
    evidence = tuple(EvidenceSentence(1, place, text) for place in (0, 1, 2))
    return replace(made, statements=(replace(one, evidence=evidence, verdict="unsupported", reason=text),) * count)


def test_a_long_part_is_one_message_that_counts_the_rest() -> None:
    message = evidence_message(filled(checked_edition(), 60, "A long sentence about kilns and their bowls. " * 40), 0)
    told = written(message)
    shown = told.count("not supported by the abstract")
    assert 3 <= shown < 60
    assert f"and {60 - shown} more" in str(message and message.blocks[-1])


@pytest.mark.parametrize(
    "text",
    ["<!channel> [2] <https://evil.example|x>", "*bold* `code` [9](https://evil.example)", "- a\n- b\n# c\n| d |", "]"],
)
def test_a_paper_s_words_make_neither_links_nor_citations_nor_mentions(text: str) -> None:
    made = hostile_edition()
    made = replace(made, statements=checked_edition().statements)
    message = evidence_message(filled(made, 2, text), 0)
    told = written(message)
    links = re.findall(r"\]\((http[^)]*)\)", told) + re.findall(r"<(http[^|>]*)", message.rescue if message else "")
    assert {link for link in links if "evil.example" in link} == set()
    assert "<!channel>" not in told + (message.rescue if message else "")
