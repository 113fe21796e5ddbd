"""Papers by themselves in Slack: what a search finds or ids name, as a list and as a file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from digest.pipeline.services import Services
from digest.sources.sample import SampleSource
from tests.doubles.slack_server import SlackServer
from tests.factories.slack import QUESTION, bot_services, only, running, state_of
from tests.factories.store import paper

CHANNEL = "C1GENERAL"
SITE = "https://papers.example"


@pytest.fixture
def bot(slack: SlackServer, services: Services) -> Iterator[SlackServer]:
    services.store.papers.add(SampleSource().fetch(["2403.00370"], wait=lambda *_: None))
    services.store.papers.add(paper(f"2404.{n:05}", title=f"Pebbles by shade {n}") for n in range(25))
    services.store.papers.add(paper(f"2405.{n:05}", title=f"Speech of walkers {n}") for n in range(3))
    with running(slack, bot_services(services, archive_url=SITE)):
        yield slack
    assert slack.state.refused() == []


def answer(slack: SlackServer, said: str) -> dict[str, Any]:
    ts = slack.mention(said)
    return only(slack.state.wait(lambda: slack.state.by_bot(CHANNEL, ts)))


def file(slack: SlackServer, name: str) -> str:
    def whole() -> list[bytes]:
        return [one["data"] for one in slack.state.files.values() if one["name"] == name and one.get("title")]

    return slack.state.wait(whole)[0].decode()


def linked(message: dict[str, Any]) -> list[str]:
    return list(dict.fromkeys(re.findall(r"https://arxiv\.org/abs/([\w.]+)", str(message["blocks"]))))


def entries(text: str) -> list[str]:
    return re.findall(r"eprint = \{([^}]+)\}", text)


@pytest.mark.parametrize("said", ["search: speech", "Find: speech", "papers: speech", "検索：speech"])
def test_a_search_lists_what_its_page_finds(bot: SlackServer, services: Services, said: str) -> None:
    found = answer(bot, said)
    hits = bot_services(services).search("speech", 20)
    assert linked(found) == [hit.paper.id for hit in hits.hits]
    assert len(linked(found)) > 1
    assert f"{SITE}/search?q=speech" in str(found["blocks"])
    assert services.store.editions.count() == 0


@pytest.mark.parametrize(
    ("form", "name"), [("bibtex", "papers.bib"), ("ris", "papers.ris"), ("csl-json", "papers.csl.json")]
)
def test_its_menu_brings_the_same_papers_as_a_file(bot: SlackServer, form: str, name: str) -> None:
    found = answer(bot, "search: speech")
    bot.choose(found, "download", f"{form} ")
    text = file(bot, name)
    assert all(id_ in text for id_ in linked(found))


def test_a_form_named_in_the_thread_of_a_search_brings_its_file(bot: SlackServer, services: Services) -> None:
    ts = bot.mention("search: speech")
    found = only(bot.state.wait(lambda: bot.state.by_bot(CHANNEL, ts)))
    bot.mention("as RIS, please", thread_ts=ts)
    assert all(id_ in file(bot, "papers.ris") for id_ in linked(found))
    bot.mention("BibTeX", thread_ts=ts)
    assert set(entries(file(bot, "papers.bib"))) >= set(linked(found))
    assert services.store.editions.count() == 0


def test_what_was_found_besides_is_in_the_file(bot: SlackServer, services: Services) -> None:
    count = bot_services(services).search("pebbles", 200).total
    assert count > 20
    assert f"{count - 20} more were found" in str(answer(bot, "search: pebbles")["blocks"])
    bot.mention("search: pebbles as BibTeX")
    assert len(entries(file(bot, "papers.bib"))) == count


@pytest.mark.parametrize(
    "said", ["search speech as BibTeX", "find: speech, as a bibtex file", "search for speech as .bib"]
)
def test_a_search_can_ask_for_the_file_at_once(bot: SlackServer, services: Services, said: str) -> None:
    bot.mention(said)
    wanted = [hit.paper.id for hit in bot_services(services).search("speech", 200).hits]
    assert entries(file(bot, "papers.bib")) == wanted


def test_the_papers_of_a_person(bot: SlackServer, services: Services) -> None:
    (first, *_) = services.store.papers.get(["2403.00370"])["2403.00370"].authors
    for said in (f"papers by {first}", f'author:"{first}"', f"show me all papers by {first}?"):
        assert linked(answer(bot, said)) == ["2403.00370"]
    bot.mention(f"papers by {first} as RIS")
    assert "AN  - arXiv:2403.00370" in file(bot, "papers.ris")


def test_a_paper_outside_of_any_edition_has_the_menu(bot: SlackServer) -> None:
    shown = answer(bot, "arXiv:2403.00370")
    bot.choose(shown, "download", "bibtex ")
    assert entries(file(bot, "papers.bib")) == ["2403.00370"]
    bot.mention("<https://huggingface.co/papers/2403.00370|huggingface.co/papers/2403.00370> as RIS")
    assert "AN  - arXiv:2403.00370" in file(bot, "papers.ris")


def test_several_ids_bring_their_papers_and_what_is_missing_is_told(bot: SlackServer, services: Services) -> None:
    ids = [hit.paper.id for hit in bot_services(services).search("speech", 2).hits]
    found = answer(bot, f"{ids[0]}, arXiv:2401.99999 and {ids[1]}")
    assert linked(found) == ids
    assert "Neither the archive nor arXiv has the paper arXiv:2401.99999" in str(found["blocks"]).replace("\\", "")


def test_a_search_without_hits_says_so(bot: SlackServer, services: Services) -> None:
    for said in ("search: author:nobody", "papers by Nobody Atall as BibTeX"):
        told = answer(bot, said)
        assert told["text"].startswith("No paper of the archive has all of these words")
        assert state_of(services, told["thread_ts"]) == "failed"


def test_in_the_thread_of_an_answer_a_search_is_of_the_archive(bot: SlackServer) -> None:
    ts = bot.mention(QUESTION)
    bot.state.wait(lambda: bot.state.answers(CHANNEL, ts))
    bot.say("search: speech as CSL-JSON", thread_ts=ts)
    assert '"type": "article' in file(bot, "papers.csl.json")


def test_a_menu_of_another_conversation_brings_nothing(bot: SlackServer, services: Services) -> None:
    found = answer(bot, "search: speech")
    row = services.store.slack_requests.of_message("T0TEAM", CHANNEL, found["thread_ts"]).row
    elsewhere = found | {"channel": bot.state.add_channel("C2OTHER", "other"), "thread_ts": ""}
    for message, of in ((found, f"{row + 99}"), (found, ""), (found, "x"), (elsewhere, str(row))):
        before = len(bot.state.called("chat.postEphemeral"))
        bot.press(message, "download", value=f"bibtex request:{of}")
        bot.state.wait(lambda before=before: len(bot.state.called("chat.postEphemeral")) > before)
    assert bot.state.files == {}
