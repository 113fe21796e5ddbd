from dataclasses import replace
from typing import Any

import pytest

from digest.errors import ModelError
from digest.generative.synthesis import ChatSynthesis
from digest.ports import SectionOutline
from tests.doubles.scripted_chat import ScriptedChat, in_turn
from tests.factories.chat import section


def planned(title: str, **others: Any) -> dict[str, Any]:
    return {"title": title, "claim": "", "contrasts": [], "gaps": [], "beside": []} | others


def outline(chat: ScriptedChat, *briefs: Any) -> tuple[SectionOutline, ...]:
    return ChatSynthesis(chat).outline(briefs or [section(1, 2), section(3)]).value


def test_a_plan_is_made_from_titles_and_key_sentences() -> None:
    chat = in_turn({"sections": [planned("1. “Resins that coat.”"), planned(" Kites  of wood ")]})
    assert [one.title for one in outline(chat)] == ["Resins that coat", "Kites of wood"]
    asked = chat.calls[0].prompt.ask
    assert "Resin for gears. We coat gears with invented resin 1." in asked
    assert "Ada Okafor" not in asked


def test_a_plan_names_papers_of_its_own_section_only_and_leaves_one() -> None:
    given = planned(
        "Resins",
        claim="Resin slows wear [1][3], see arXiv:2301.12345.",
        contrasts=["[1] coats once, [2.1] twice.", "Long. " * 200, *["[2] fails."] * 5],
        gaps=[" ", "Nobody asks why."],
        beside=[3, 2, 2],
    )
    one, other = outline(in_turn({"sections": [given, planned("Kites", beside=[3])]}))
    assert one.claim == "Resin slows wear [1], see."
    assert one.contrasts == ("[1] coats once, [2] twice.", "[2] fails.", "[2] fails.")
    assert (one.gaps, one.beside, other.beside) == (("Nobody asks why.",), (2,), ())


def test_what_fits_no_theme_keeps_its_name_and_claims_nothing() -> None:
    rest = replace(section(3, title="Also on the way"), is_theme=False)
    chat = in_turn({"sections": [planned("Resins"), planned("Kites", claim="They are all kites [3].")]})
    assert outline(chat, section(1, 2), rest)[1] == SectionOutline("Also on the way", "")
    assert "Also on the way" not in chat.calls[0].prompt.ask


def test_a_title_that_its_papers_do_not_say_gives_way_to_the_built_in_one() -> None:
    briefs = [section(1, 2, 3, title="Resin coats"), section(4, title="Lamps")]
    for titles, held in (
        (["Improved resin coats", "Ship engines"], ("Improved resin coats", "Lamps")),
        (["Gears and resins", "Wooden lamps"], ("Resin coats", "Wooden lamps")),  # one of three papers is on gears
        (["Improved approaches", "Wear of wood"], ("Resin coats", "Lamps")),  # hollow, and what was asked
        (["Lamps", "Pumps"], ("Resin coats", "Lamps")),
        (["Lamps and sails", "Resin coats"], ("Resin coats", "Lamps")),  # which would be alike
    ):
        found = outline(in_turn({"sections": [planned(title) for title in titles]}), *briefs)
        assert tuple(one.title for one in found) == held, titles
    german = [section(1, 2, language="de"), section(3, language="de", title="Kites")]
    told = ["Beschichtung der Zahnräder", "Drachen aus Holz"]
    found = outline(in_turn({"sections": [planned(title) for title in told]}), *german)
    assert [one.title for one in found] == told


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ([planned("One")], "1 sections, not 2"),
        ([planned("Sails"), planned("sails.")], "alike"),
        ([planned("Sails"), planned(" ")], "empty"),
        ([planned("Sails"), planned("Long " * 20)], "characters"),
        ([planned("Sails"), planned("Gears [3]")], "marker"),
        ([planned("Sails"), planned("See https://evil.example/x")], "marker"),
        (
            [planned("樹脂で被覆した歯車の摩耗と寿命"), planned("海の上の帆と風の関係について")],
            "not written in English",
        ),
        (
            [planned("Resins", claim="樹脂で被覆することにより、寿命が大きく延びることが示された。"), planned("Kites")],
            "English",
        ),
    ],
)
def test_an_unfit_plan_is_asked_for_once_more_then_given_up(bad: list[Any], reason: str) -> None:
    chat = in_turn({"sections": bad}, {"sections": bad})
    with pytest.raises(ModelError) as caught:
        outline(chat, section(1, 2), section(3, 4))
    assert reason in chat.calls[1].prompt.ask
    assert reason in str(caught.value)
