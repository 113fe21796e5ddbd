"""The roles in the pipeline: what is kept, what stands in, what raises, and that a cancelled run comes back."""

import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from digest.errors import BadInput, Cancelled, ModelError
from digest.extractive.queries import KeywordQueries
from digest.generative.queries import ChatQueries
from digest.generative.summaries import ChatSummaries
from digest.generative.synthesis import ChatSynthesis, SingleCallSynthesis
from digest.pipeline.pipeline import digest, survey
from digest.pipeline.services import DigestRequest, Services, SurveyRequest, SurveySettings
from digest.run_context import RunContext, RunEvent, TextSoFar
from store.records.editions import Edition, Topic
from tests.doubles.scripted_chat import Call, Reply, ScriptedChat, failing

QUESTION = "LoRA for image generation"
PHRASES: Reply = {"phrases": [["LoRA", "image"], ["low-rank adaptation", "diffusion"], ["LoRA", "diffusion"]]}


OPENING = "The field moves on, and its papers agree on where it goes."


def obedient(call: Call) -> Reply:
    """A model that does what it is asked, from the prompt alone; every sentence is a paper's own."""
    if call.shape == "SearchPhrases":
        return PHRASES
    if call.shape == "SummaryParts":
        abstract = re.findall(r"<abstract>(.*)</abstract>", call.prompt.ask, re.DOTALL)[0]
        return {"problem": "", "method": " ".join(abstract.split()[:40]).replace(".", ",") + ".", "result": ""}
    if call.shape == "SurveyOutline":
        sections = call.prompt.ask.split("<section number=")[1:]
        return {"sections": [planned(section) for section in sections]}
    if "Write all" in call.prompt.ask:
        parts = re.findall(r"Papers: ([\d, ]+)", call.prompt.shared)
        return "\n\n".join(f"## {at}\n{told(call, numbers_in(part))}" for at, part in enumerate(parts, start=1))
    return told(call, call.numbers) or OPENING


def planned(section: str) -> Reply:
    """Its title is one that the papers say as they say the built-in one."""
    heads, numbers = re.findall("<heading>(.*?)</heading>", section), re.findall(r'<paper number="(\d+)">', section)
    title, claim = (f"New {heads[0]}", f"They are about it [{numbers[0]}].") if heads else ("", "")
    return {"title": title, "claim": claim, "contrasts": [], "gaps": ["None looks at cost."], "beside": []}


def numbers_in(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", text)]


def told(call: Call, numbers: list[int]) -> str:
    """Of each paper the first sentence that is shown of it, and its number."""
    shown = {document.number: document.sentences for document in call.prompt.documents}
    first = {number: next(at for at, text in enumerate(shown[number]) if text) for number in numbers}
    return " ".join(f"{shown[number][at].rstrip('.?!')} [{number}.{at + 1}]." for number, at in first.items())


def lazy(call: Call) -> Reply:
    """Cites every third paper."""
    reply = obedient(call)
    return told(call, call.numbers[::3]) if isinstance(reply, str) and call.numbers else reply


def over(services: Services, chat: ScriptedChat, **others: object) -> Services:
    roles = {
        "queries": ChatQueries(chat),
        "summary": ChatSummaries(chat),
        "synthesis": ChatSynthesis(chat),
        "spare_queries": KeywordQueries(),
    }
    return replace(services, **(roles | others))  # type: ignore[arg-type]


def but(kind: str, shape: str) -> Callable[[Call], Reply]:
    """Obedient, except that one kind of call fails; shape "opening" and "section" are the two kinds of text."""

    def answer(call: Call) -> Reply:
        what = call.shape or ("section" if call.numbers else "opening")
        return failing(kind) if what == shape else obedient(call)

    return answer


def ask(services: Services, run: RunContext | None = None, **options: object) -> Edition:
    return survey(
        SurveyRequest(QUESTION, **options), services, SurveySettings(selection="all-words"), run or RunContext()
    )  # type: ignore[arg-type]


def test_a_survey_by_a_model_cites_all_counts_all_and_supports_all(services: Services) -> None:
    chat, texts = ScriptedChat(obedient), list[TextSoFar]()

    def listen(event: RunEvent) -> None:
        if isinstance(event, TextSoFar):
            texts.append(event)

    edition = ask(over(services, chat), RunContext(listen))
    assert edition.counts.cited == edition.counts.kept >= 12
    assert edition.health == ()
    assert {section.source for section in edition.sections} == {"model"}
    assert [section.title.startswith("New ") for section in edition.sections][:2] == [True, True]
    assert edition.opening == OPENING
    assert "scripted:model" in str(edition.note)
    assert sum(usage.calls for usage in edition.usage if usage.model == "scripted:model") == len(chat.calls)
    assert len(chat.calls) == 1 + edition.counts.kept + len(edition.sections) + 2
    assert edition.counts.checked >= edition.counts.kept
    assert edition.support is not None
    assert edition.support > 0.9
    assert edition.checks == ()
    assert texts[0].text
    assert services.store.editions.get(edition.id) == edition


def test_papers_that_a_model_leaves_out_are_not_offered_to_it_again(services: Services) -> None:
    chat = ScriptedChat(lazy)
    edition = ask(over(services, chat))
    assert 0 < edition.counts.cited < 0.6 * edition.counts.kept
    assert sum(bool(call.numbers) for call in chat.calls) == len(edition.sections)
    assert edition.counts.unknown_markers == 0


def test_all_sections_share_one_block_of_papers_and_plan_and_the_sentences_named_are_kept(services: Services) -> None:
    chat = ScriptedChat(obedient)
    edition = ask(over(services, chat))
    prompts = [call.prompt for call in chat.calls if call.numbers]
    assert len(prompts) == len(edition.sections) > 1
    assert len({(one.instructions, one.documents, one.shared, one.cache_key) for one in prompts}) == 1
    assert [document.number for document in prompts[0].documents] == [paper.number for paper in edition.papers]
    assert "They are about it [1]." in prompts[0].shared
    assert "They are about it [1]." not in edition.sections[0].text
    assert not [section for section in edition.sections if re.search(r"\[\d+\.\d+\]", section.text)]
    assert (
        "None looks at cost."
        in next(call for call in chat.calls if call.prompt.ask.endswith("Write the opening.")).prompt.ask
    )


def test_the_plan_is_made_from_the_papers_while_their_summaries_are_made(services: Services) -> None:
    """Each waits for the other."""
    planning, summarising = threading.Event(), threading.Event()

    def patient(call: Call) -> Reply:
        if call.shape == "SummaryParts":
            summarising.set()
            assert planning.wait(30), "summaries are made before the plan is asked for"
        if call.shape == "SurveyOutline":
            planning.set()
            assert summarising.wait(30), "the plan is asked for before any summary"
        return obedient(call)

    with ThreadPoolExecutor(4) as executor:
        edition = ask(replace(over(services, ScriptedChat(patient)), executor=executor, width=4))
    assert edition.health == ()


def test_nothing_that_was_answered_is_asked_again(services: Services) -> None:
    first, second = ScriptedChat(obedient), ScriptedChat(obedient)
    one = ask(over(services, first))
    two = ask(over(services, second), refresh=True)
    assert second.calls == []
    assert (one.sections, one.opening, one.queries) == (two.sections, two.opening, two.queries)
    assert sum(usage.calls for usage in two.usage if usage.model == "scripted:model") == 0


def test_queries_that_fail_are_the_questions_own_words_and_say_so(services: Services) -> None:
    edition = ask(over(services, ScriptedChat(but("down", "SearchPhrases"))))
    assert edition.queries == ask(services).queries
    assert [(line.source, line.ok) for line in edition.health] == [("queries", False)]
    assert "failed (down)" in str(edition.health[0].detail)
    assert ("queries", "scripted:model", 1) in {(usage.role, usage.model, usage.calls) for usage in edition.usage}


@pytest.mark.parametrize("kind", ["refused_key", "not_found"])
@pytest.mark.parametrize("shape", ["SearchPhrases", "SummaryParts", "SurveyOutline", "section", "opening"])
def test_a_model_set_up_wrongly_is_never_replaced(services: Services, kind: str, shape: str) -> None:
    with pytest.raises(ModelError) as caught:
        ask(over(services, ScriptedChat(but(kind, shape))))
    assert caught.value.kind == kind
    assert services.store.editions.count() == 0


def test_queries_without_a_stand_in_raise(services: Services) -> None:
    with pytest.raises(ModelError):
        ask(over(services, ScriptedChat(but("down", "SearchPhrases")), spare_queries=None))
    with pytest.raises(BadInput):
        survey(
            SurveyRequest("the of and"),
            over(services, ScriptedChat(but("down", "SearchPhrases"))),
            SurveySettings(selection="all-words"),
            RunContext(),
        )


def test_summaries_sections_opening_and_titles_that_fail_are_each_named(services: Services) -> None:
    for shape, words in {
        "SummaryParts": "show their abstract",
        "section": "are their papers' summaries",
        "SurveyOutline": "named by key words",
        "opening": "opening could not be written",
    }.items():
        edition = ask(over(services, ScriptedChat(but("refused", shape), model=f"scripted:{shape}")))
        assert any(words in str(line.detail) for line in edition.health), shape
        assert edition.counts.cited == edition.counts.kept
        spent = sum(usage.calls for usage in edition.usage if usage.model == f"scripted:{shape}")
        assert spent > 1 + len(edition.papers), f"what failed at {shape} is counted, too"


def test_all_sections_in_one_call_and_one_by_one_where_that_fails(services: Services) -> None:
    chat = ScriptedChat(obedient)
    edition = ask(over(services, chat, single_call=SingleCallSynthesis(chat)))
    assert edition.counts.cited == edition.counts.kept
    assert sum(call.role == "synthesis" for call in chat.calls) == 3
    again = ScriptedChat(obedient)
    ask(over(services, again, single_call=SingleCallSynthesis(again)), refresh=True)
    assert again.calls == []

    broken = ScriptedChat(
        lambda call: "No headings." if "Write all" in call.prompt.ask else obedient(call), "scripted:b"
    )
    fallen = ask(over(services, broken, single_call=SingleCallSynthesis(broken)))
    assert fallen.counts.cited == fallen.counts.kept
    assert "Each section was written by itself" in str(fallen.health[0].detail)


def test_statements_that_the_abstracts_do_not_support_are_listed(services: Services) -> None:
    def inventive(call: Call) -> Reply:
        reply = obedient(call)
        if isinstance(reply, str) and call.numbers:
            return f"Tulips bloom 47 days earlier in Norwegian greenhouses [{call.numbers[0]}]. {reply}"
        return reply

    edition = ask(over(services, ScriptedChat(inventive)))
    assert len(edition.checks) == len(edition.sections)
    assert {check.section for check in edition.checks} == set(range(len(edition.sections)))
    assert all("Tulips" in check.sentence and check.score < 0.2 for check in edition.checks)


def test_a_cancelled_run_comes_back_while_its_workers_still_wait(services: Services) -> None:
    """The model falls silent in the middle of a section; the run is cancelled and ends without it."""
    cancel, speaking, release = threading.Event(), threading.Event(), threading.Event()

    def hanging(call: Call) -> Reply:
        return obedient(call)

    chat = ScriptedChat(hanging)
    write, stopped = chat.write, list[bool]()

    def slow(prompt: object, **options: object) -> object:
        on_text = options["on_text"]
        on_text("The first words")  # type: ignore[operator]
        speaking.set()
        release.wait(30)
        try:
            on_text("The first words and more")  # type: ignore[operator]
        except Cancelled:
            stopped.append(True)
            raise
        return write(prompt, **options)  # type: ignore[arg-type]

    chat.write = slow  # type: ignore[method-assign,assignment]
    threading.Thread(target=lambda: (speaking.wait(30), cancel.set()), daemon=True).start()
    with ThreadPoolExecutor(2) as executor:
        try:
            with pytest.raises(Cancelled):
                ask(replace(over(services, chat), executor=executor), RunContext(cancel=cancel))
            assert not release.is_set()
        finally:
            release.set()
    assert stopped
    assert services.store.editions.count() == 0


def test_a_cancelled_run_does_not_wait_for_queries(services: Services) -> None:
    cancel, release = threading.Event(), threading.Event()

    def hanging(call: Call) -> Reply:
        cancel.set()
        release.wait(30)
        return obedient(call)

    try:
        with pytest.raises(Cancelled):
            ask(over(services, ScriptedChat(hanging)), RunContext(cancel=cancel))
        assert not release.is_set()
    finally:
        release.set()


def test_a_digests_opening_hears_of_the_digest_before(services: Services) -> None:
    services.store.topics.put(Topic("speech", "Speech recognition", "Speech recognition", cadence="daily"))
    chat = ScriptedChat(
        lambda call: (
            {"phrases": [["speech"], ["recognition"], ["speech recognition"]]}
            if call.shape == "SearchPhrases"
            else obedient(call)
        )
    )
    now = RunContext(now=datetime(2025, 1, 10, tzinfo=UTC)), RunContext(now=datetime(2025, 1, 10, tzinfo=UTC))
    digest(
        DigestRequest("speech", "2024-12-22", "2024-10-14"),
        over(services, chat),
        SurveySettings(selection="all-words"),
        now[0],
    )
    before = len(chat.calls)
    digest(DigestRequest("speech", "2024-12-30"), over(services, chat), SurveySettings(selection="all-words"), now[1])
    (opening,) = [c for c in chat.calls[before:] if c.prompt.ask.endswith("Write the opening.")]
    held = opening.prompt.ask.split("<previous>")[1].split("</previous>")[0]
    assert OPENING in held
    assert "New Automatic speech recognition" in held
    assert not [c for c in chat.calls[before:] if c.shape == "SearchPhrases"]


def test_titles_never_ask_a_paid_embedder_for_words(services: Services) -> None:
    class Paid(type(services.embedder)):  # type: ignore[misc]
        model = "paid:embedder"

        def embed(self, texts: list[str]) -> object:
            assert all("\n" in text or text == QUESTION for text in texts), "only papers and the question are paid for"
            return super().embed(texts)

    edition = ask(replace(services, embedder=Paid(), title_embedder=services.embedder))
    assert [section.title for section in edition.sections] == [section.title for section in ask(services).sections]


def test_texts_are_told_from_the_first_section_on_and_each_to_its_end(services: Services) -> None:
    """The first section is the last to be done."""
    others = threading.Event()

    def first_waits(call: Call) -> Reply:
        if call.numbers and call.numbers[0] == 1:
            assert others.wait(30), "the other sections are not written side by side"
        elif call.numbers:
            others.set()
        return obedient(call)

    told = list[TextSoFar]()
    chat = ScriptedChat(first_waits)
    edition = ask(
        over(services, chat), RunContext(lambda event: told.append(event) if isinstance(event, TextSoFar) else None)
    )
    names = list(dict.fromkeys(event.part for event in told))
    ends = [[event.text for event in told if event.part == name][-1] for name in names]
    assert ends == [*(section.text for section in edition.sections), edition.opening]
    assert [event.part for event in told] == sorted((event.part for event in told), key=names.index)


def test_what_is_told_holds_no_address_and_no_unknown_number(services: Services) -> None:
    def sloppy(call: Call) -> Reply:
        reply = obedient(call)
        return f"Look at https://evil.example/x [999]. {reply}" if isinstance(reply, str) else reply

    told = list[str]()
    listen = lambda event: told.append(event.text) if isinstance(event, TextSoFar) else None  # noqa: E731
    edition = ask(over(services, ScriptedChat(sloppy)), RunContext(listen))
    assert told
    assert not [text for text in told if "evil" in text or "[999]" in text]
    assert edition.counts.unknown_markers == len(edition.sections) + 1
