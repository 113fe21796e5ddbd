import re
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from digest.errors import Cancelled, ModelError
from digest.generative.synthesis import ChatSynthesis, SingleCallSynthesis
from digest.i18n.catalog import get_catalog
from digest.ports import Prompt, SectionOutline
from digest.survey_brief import make_survey_brief
from digest.text.citations import resolve_citations
from store.records.paper_facts import PaperFacts
from tests.doubles.scripted_chat import Call, Reply, ScriptedChat, failing, in_turn
from tests.factories.chat import ENGLISH, GERMAN, JAPANESE, opening, prose, section

OPENING = f"{ENGLISH[:-1]} [1]."


def unheard(text: str) -> None:
    """For tests that do not watch the text grow."""


def write(chat: ScriptedChat, *numbers: int, **options: str) -> str:
    return ChatSynthesis(chat).section(section(*numbers, **options), unheard).value


def test_a_section_that_cites_all_takes_one_call_and_streams() -> None:
    chat, heard = in_turn(prose(1, 2, 3)), list[str]()
    answer = ChatSynthesis(chat).section(section(1, 2, 3, before="Sails", after="Kites"), heard.append)
    assert answer.value == prose(1, 2, 3)
    assert (answer.usage.calls, chat.calls[0].numbers) == (1, [1, 2, 3])
    assert len(heard) >= 4
    assert all(prose(1, 2, 3).startswith(text) for text in heard)
    assert "Sails" in chat.calls[0].prompt.ask
    assert "Kites" in chat.calls[0].prompt.ask
    assert "Ada Okafor" not in repr(chat.calls[0].prompt)
    assert "http" not in chat.calls[0].prompt.shared + chat.calls[0].prompt.ask


def test_what_a_provider_can_cache_is_the_same_for_all_sections() -> None:
    chat = ScriptedChat(lambda call: prose(*call.numbers))
    briefs = [section(1, 2), section(3, 4, title="Other")]
    survey = make_survey_brief(briefs)
    model = ChatSynthesis(chat)
    for brief in briefs:
        model.section(replace(brief, survey=survey), unheard)
    first, second = (call.prompt for call in chat.calls)
    assert (first.instructions, first.documents, first.shared, first.cache_key) == (
        second.instructions,
        second.documents,
        second.shared,
        second.cache_key,
    )
    assert [document.number for document in first.documents] == [1, 2, 3, 4]
    assert "Write section 1. Its papers, in order: 1, 2" in first.ask
    assert "Write section 2. Its papers, in order: 3, 4" in second.ask


def test_the_first_of_calls_with_the_same_beginning_goes_ahead_until_its_answer_begins() -> None:
    briefs = [section(at) for at in range(1, 5)]
    survey, order, lock = make_survey_brief(briefs), list[str](), threading.Lock()

    class Noting(ScriptedChat):
        def write(self, prompt: Prompt, **options: Any) -> Any:
            with lock:
                order.append("asked")
            return super().write(prompt, **options)

    def note(text: str) -> None:
        with lock:
            order.extend(["answers"] if text else [])

    model = ChatSynthesis(Noting(lambda call: prose(*call.numbers)))
    with ThreadPoolExecutor(4) as executor:
        list(executor.map(lambda brief: model.section(replace(brief, survey=survey), note), briefs))
    assert order[:1] == ["asked"]
    assert order.index("answers") < [at for at, what in enumerate(order) if what == "asked"][1]


def test_an_answer_has_begun_once_its_prompt_was_read_though_no_text_is_there_yet(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("digest.generative.section._LONGEST_TURN", 600.0)
    briefs, first, others = [section(at) for at in range(1, 5)], threading.Lock(), threading.Event()
    survey = make_survey_brief(briefs)

    class Thinking(ScriptedChat):
        def write(self, prompt: Prompt, *, on_text: Any, **options: Any) -> Any:
            if not first.acquire(blocking=False):
                others.set()
            else:
                on_text("")
                assert others.wait(60)
            return super().write(prompt, on_text=on_text, **options)

    model = ChatSynthesis(Thinking(lambda call: prose(*call.numbers)))
    with ThreadPoolExecutor(4) as executor:
        written = executor.map(lambda brief: model.section(replace(brief, survey=survey), unheard).value, briefs)
        assert list(written) == [prose(at) for at in range(1, 5)]


def test_a_section_is_written_from_its_plan_beside_the_others() -> None:
    plan = SectionOutline(
        "Resin coats", "Resin slows wear [1].", ("[1] coats once [2] twice.",), ("Nobody asks why.",), (2,)
    )
    briefs = [replace(section(1, 2), plan=plan), section(3, title="Sails")]
    chat = in_turn(prose(1))
    ChatSynthesis(chat).section(replace(briefs[0], survey=make_survey_brief(briefs), cite_every=True), unheard)
    prompt = chat.calls[0].prompt
    for told in ("Resin slows wear [1].", "[1] coats once [2] twice.", "Nobody asks why.", "Sails", "Papers: 1, 2"):
        assert told in prompt.shared
    assert "answer nothing of the question: 2" in prompt.ask
    assert "in about 40 words" in prompt.ask, "of what is beside the question nothing has to be told"
    assert "Cite every one of its papers" in prompt.ask
    ChatSynthesis(other := in_turn(prose(1))).section(briefs[0], unheard)
    assert "Cite every" not in str(other.calls[0].prompt)


def test_a_section_may_name_sentences_and_neighbours_numbers_are_no_citations_of_its_own() -> None:
    text = f"{ENGLISH[:-1]} [1.1]."
    assert write(in_turn(text), 1, 2) == text
    with pytest.raises(ModelError):
        write(in_turn(f"{ENGLISH} [7.1].", f"{ENGLISH} [7.1]."), 1, 2)


def test_a_survey_too_long_for_the_model_is_written_section_by_section_from_its_own_papers() -> None:
    def small(call: Call) -> Reply:
        return failing("too_long") if len(call.prompt.documents) > 2 else prose(*call.numbers)

    briefs = [section(1, 2), section(3, 4)]
    chat = ScriptedChat(small)
    brief = replace(briefs[1], survey=make_survey_brief(briefs))
    assert ChatSynthesis(chat).section(brief, unheard).value == prose(3, 4)
    assert [len(call.prompt.documents) for call in chat.calls] == [4, 2]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (failing("truncated"), "half as much"),
        (failing("refused"), "it refused"),
        (failing("empty"), "it was empty"),
        ("## Heading\n", "it was empty"),
        (f"{GERMAN} [1][2]", "not written in English"),
        (ENGLISH, "cites none"),
        (f"{ENGLISH} [77]", "cites none"),
    ],
)
def test_an_unfit_section_is_asked_for_differently_once_then_given_up(bad: Reply, reason: str) -> None:
    mended = in_turn(bad, prose(1, 2))
    assert write(mended, 1, 2) == prose(1, 2)
    assert reason in mended.calls[1].prompt.ask
    stubborn = in_turn(bad, bad)
    with pytest.raises(ModelError) as caught:
        write(stubborn, 1, 2)
    assert len(stubborn.calls) == 2
    assert caught.value.usage is not None
    assert caught.value.usage.calls == 2


@pytest.mark.parametrize("kind", ["down", "busy", "quota", "refused_key", "not_found", "budget"])
def test_what_asking_differently_cannot_help_is_not_asked_again(kind: str) -> None:
    with pytest.raises(ModelError) as caught:
        write(in_turn(failing(kind)), 1, 2)
    assert caught.value.kind == kind


def test_a_section_too_long_for_the_model_is_split_not_failed() -> None:
    def small(call: Call) -> Reply:
        return failing("too_long") if len(call.numbers) > 2 else prose(*call.numbers)

    chat, heard = ScriptedChat(small), list[str]()
    answer = ChatSynthesis(chat).section(section(1, 2, 3, 4, 5), heard.append)
    assert re.findall(r"\[(\d+)\]", answer.value) == ["1", "2", "3", "4", "5"]
    assert heard[-1] == answer.value
    assert [call.numbers for call in chat.calls] == [[1, 2, 3, 4, 5], [1, 2], [3, 4, 5], [3], [4, 5]]
    with pytest.raises(ModelError):
        write(ScriptedChat(lambda _: failing("too_long")), 1, 2, 3)


def test_what_a_reader_watches_never_shrinks() -> None:
    chat, heard = in_turn(f"{GERMAN} [1]", prose(1, 2, 3)), list[str]()
    ChatSynthesis(chat).section(section(1, 2, 3), heard.append)
    assert [len(text) for text in heard] == sorted(len(text) for text in heard)
    assert heard[-1] == prose(1, 2, 3)


def test_a_listener_that_stops_stops_the_stream() -> None:
    def stop(text: str) -> None:
        raise Cancelled("Stopped as asked.")

    chat = in_turn(prose(1, 2))
    with pytest.raises(Cancelled):
        ChatSynthesis(chat).section(section(1, 2), stop)
    assert len(chat.calls) == 1


def test_markdown_comes_off_and_addresses_go_when_the_text_is_resolved() -> None:
    raw = (
        "# Resin\n\n```\n- **Gears** are coated [1](https://evil.example/1).\n\n\n\n"
        "1. Sails too [2], see https://evil.example [99].\n```"
    )
    text = write(in_turn(raw), 1, 2)
    assert text.splitlines()[0] == "Gears are coated [1](https://evil.example/1)."
    checked = resolve_citations(text, {1, 2})
    assert "evil" not in checked.text
    assert (checked.numbers, checked.unknown) == ((1, 2), 1)


def test_the_opening_is_written_from_the_sections_and_knows_the_newest_papers() -> None:
    chat = in_turn(f"{ENGLISH[:-1]} [1][3].")
    brief = opening(section(1, 2, title="Gears"), section(3, 4, title="Sails"))
    assert ChatSynthesis(chat).opening(brief, unheard).value.endswith("[1][3].")
    asked = chat.calls[0].prompt.ask
    assert "About Gears [1]." in asked
    assert "2026-01: [4][3][2][1]" in asked
    assert "new since" not in asked


def test_an_opening_is_told_what_was_counted_and_to_begin_with_a_finding() -> None:
    chat = in_turn(OPENING)
    known = (PaperFacts(role="method", methods=("LoRA", "BERT")),) * 3
    ChatSynthesis(chat).opening(replace(opening(section(1, 2, 3)), facts=known), unheard)
    prompt = chat.calls[0].prompt
    asked = str(prompt)
    assert "method: 3 papers" in asked
    assert "LoRA: named by 3 papers" in asked
    assert "Begin with a finding" in asked


def test_an_opening_is_told_where_no_paper_is_on_the_question() -> None:
    chat = in_turn(OPENING, OPENING)
    for off_topic in (True, False):
        ChatSynthesis(chat).opening(replace(opening(section(1, 2)), off_topic=off_topic), unheard)
    said = [call.prompt.ask for call in chat.calls]
    assert ["No paper was found on it" in ask for ask in said] == [True, False]


def test_a_digests_opening_is_told_what_the_digest_before_it_said() -> None:
    chat = in_turn(OPENING)
    ChatSynthesis(chat).opening(opening(section(1, 2), kind="digest", earlier="Last week it was sails."), unheard)
    assert "Last week it was sails." in chat.calls[0].prompt.ask
    assert "Say what is new against it" in chat.calls[0].prompt.ask


def test_an_opening_too_long_for_the_model_is_written_from_the_sections_beginnings() -> None:
    brief = replace(opening(section(1, 2)), texts=("Long. " * 500,))
    chat = in_turn(failing("too_long"), OPENING)
    assert ChatSynthesis(chat).opening(brief, unheard).value == OPENING
    assert len(chat.calls[1].prompt.ask) < 1_500


@pytest.mark.parametrize("bad", [JAPANESE, "```\n```", failing("truncated")])
def test_an_unfit_opening_is_asked_for_once_more(bad: Reply) -> None:
    chat = in_turn(bad, OPENING)
    assert ChatSynthesis(chat).opening(opening(section(1, 2)), unheard).value == OPENING
    assert len(chat.calls) == 2


def test_all_sections_from_one_call_are_taken_apart_by_program() -> None:
    raw = f"Here it is:\n\n## 1\n{prose(1, 2)}\n\n**bold** rest.\n\n### Section 2: Sails\n\n{prose(3, 4)}"
    chat, heard = in_turn(raw), list[tuple[int, str]]()
    briefs = [section(1, 2), section(3, 4)]
    answer = SingleCallSynthesis(chat).write_all(briefs, lambda index, text: heard.append((index, text)))
    assert answer.value == (f"{prose(1, 2)}\n\nbold rest.", prose(3, 4))
    assert [document.number for document in chat.calls[0].prompt.documents] == [1, 2, 3, 4]
    assert heard[-1] == (1, prose(3, 4))


@pytest.mark.parametrize(
    "bad",
    [
        "No heading [1].",
        "## 1\nOne [1].",
        "## 2\nTwo [3].\n## 1\nOne [1].",
        "## 1\n\n## 2\nTwo [3].",
        f"## 1\n{GERMAN}\n## 2\n{GERMAN}",
    ],
)
def test_a_text_that_cannot_be_taken_apart_is_asked_for_once_more_then_given_up(bad: str) -> None:
    chat = in_turn(bad, bad)
    with pytest.raises(ModelError):
        SingleCallSynthesis(chat).write_all([section(1, 2), section(3, 4)], lambda index, text: None)
    assert len(chat.calls) == 2


def test_the_note_names_the_model_in_the_readers_language() -> None:
    model = ChatSynthesis(in_turn())
    notes = [get_catalog("edition", language).show(model.note(language)) for language in ("en", "de", "de-AT", "sv")]
    assert all("scripted:model" in note for note in notes)
    assert notes[0] == notes[3] != notes[1] == notes[2]


def test_papers_that_fit_no_theme_are_not_described_as_one() -> None:
    rest = replace(section(1, 2), title="Also on the way", is_theme=False)
    chats = [in_turn(prose(1, 2)), in_turn(f"{ENGLISH} [1][2]."), in_turn(f"## 1\n{prose(1, 2)}")]
    ChatSynthesis(chats[0]).section(rest, unheard)
    ChatSynthesis(chats[1]).opening(opening(rest), unheard)
    SingleCallSynthesis(chats[2]).write_all([rest], lambda index, text: None)
    for chat in chats:
        assert "<heading>Also on the way" not in str(chat.calls[0].prompt)
        assert "theme" in chat.calls[0].prompt.ask
