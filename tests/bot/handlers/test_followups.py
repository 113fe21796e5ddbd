"""Going on in the thread of an answer: from that edition's papers, with its citations."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from digest.pipeline.services import Services
from digest.render import formats
from digest.render.formats import EditionFormat
from store.records.editions import Edition
from tests.doubles.slack_server import SlackServer
from tests.factories.slack import QUESTION, bot_services, holding, only, running, texts

CHANNEL = "C1GENERAL"


class Thread:
    def __init__(self, slack: SlackServer, services: Services, ts: str) -> None:
        self.slack, self.services, self.ts = slack, services, ts

    def asked(self, text: str, *, mention: bool = False) -> str:
        """What comes back, all blocks' text together."""
        self.slack.settle()
        before = len(self.slack.state.by_bot(CHANNEL, self.ts))
        (self.slack.mention if mention else self.slack.say)(text, thread_ts=self.ts)
        self.slack.settle()
        posted = self.slack.state.by_bot(CHANNEL, self.ts)[before:]
        return "\n".join(str(message.get("blocks") or message["text"]) for message in posted)

    @property
    def edition(self) -> Edition:
        return self.services.store.editions.get(self.services.store.editions.list()[0].id)


@contextmanager
def answered(slack: SlackServer, services: Services) -> Iterator[Thread]:
    with running(slack, bot_services(services)):
        ts = slack.mention(QUESTION)
        slack.settle()
        assert slack.state.answers(CHANNEL, ts)
        assert [message for message in slack.state.by_bot(CHANNEL, ts) if "files" in message]
        yield Thread(slack, services, ts)


def cited(text: str) -> set[str]:
    return set(re.findall(r"https://arxiv\.org/abs/([\w./-]+)", text))


@pytest.mark.parametrize("mention", [True, False])
def test_a_question_is_answered_from_the_editions_papers_with_citations(
    slack: SlackServer, services: Services, mention: bool
) -> None:
    with answered(slack, services) as thread:
        said = thread.asked("how do they merge several adapters?", mention=mention)
        ids = {paper.id for paper in thread.edition.papers}
    assert cited(said)
    assert cited(said) <= ids


def test_more_like_one_names_the_nearest_here_and_elsewhere(slack: SlackServer, services: Services) -> None:
    with answered(slack, services) as thread:
        other = slack.mention("speech recognition")
        slack.state.wait(lambda: slack.state.answers(CHANNEL, other))
        said = thread.asked("more like [7]")
    assert "Nearest to" in said
    assert "Also in the store" in said


def test_a_paper_that_is_not_there_is_told(slack: SlackServer, services: Services) -> None:
    with answered(slack, services) as thread:
        assert "There is no paper [99] here" in thread.asked("more like [99]").replace("\\", "")


def test_only_one_year(slack: SlackServer, services: Services) -> None:
    with answered(slack, services) as thread:
        years = {paper.published.year for paper in thread.edition.papers}
        year = max(years)
        said = thread.asked(f"only {year}")
        wanted = {paper.id for paper in thread.edition.papers if paper.published.year == year}
        none = thread.asked("only 1999")
    assert cited(said) == wanted
    assert "None of these papers was submitted from 1999" in none


def test_shorter_is_shorter_and_cites(slack: SlackServer, services: Services) -> None:
    with answered(slack, services) as thread:
        whole = sum(len(section.text) for section in thread.edition.sections)
        said = thread.asked("shorter")
    assert cited(said)
    assert len(re.sub(r"https\S+", "", said)) < whole / 2


def test_bibtex_comes_as_a_file(slack: SlackServer, services: Services) -> None:
    with answered(slack, services) as thread:
        thread.asked("BibTeX", mention=True)
        papers = thread.edition.papers
    file = only([file for file in slack.state.files.values() if file["name"].endswith(".bib")])
    assert file["title"]
    assert file["data"].count(b"@") >= len(papers)


def test_a_bibliography_of_some_papers_or_a_section_comes_as_a_file(slack: SlackServer, services: Services) -> None:
    def files() -> list[bytes]:
        return [file["data"] for file in slack.state.files.values() if file.get("title", "").endswith("as BibTeX")]

    with answered(slack, services) as thread:
        papers = {paper.number: paper for paper in thread.edition.papers}
        section = thread.edition.sections[0].papers
        thread.asked("BibTeX of [7] and [2]", mention=True)
        thread.asked("BibTeX of section 1", mention=True)
        none = thread.asked("BibTeX of section 99")
    some, whole = (re.findall(r"eprint = \{([^}]+)\}", file.decode()) for file in files())
    assert some == [papers[2].id, papers[7].id]
    assert whole == [papers[number].id for number in section]
    assert "There are no such papers here." in none


def test_every_form_of_the_list_comes_as_a_file_by_words_and_by_the_menu(
    slack: SlackServer, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def render(edition: Edition) -> str:
        return f"double of {edition.id}"

    def titles() -> list[str]:
        files = [file for file in slack.state.files.values() if file.get("data") == b"double of " + id_.encode()]
        return [file["title"] for file in files if file.get("title")]

    double = EditionFormat("double", "a double", "tar.dbl", "application/x-double", render)
    monkeypatch.setattr(formats, "FORMATS", (*formats.FORMATS, double))
    with answered(slack, services) as thread:
        id_, papers = thread.edition.id, len(thread.edition.papers)
        slack.choose(holding(slack, thread.ts, "download"), "download", "double ")
        thread.asked("send it as a double", mention=True)
    assert titles() == [f"{papers} papers as a double"] * 2


def test_the_route_is_uploaded_with_words_for_those_who_cannot_see_it(slack: SlackServer, services: Services) -> None:
    with answered(slack, services) as thread:
        picture = only(list(slack.state.files.values()))
        first = thread.edition.sections[0].title
    assert picture["data"].startswith(b"\x89PNG")
    assert picture["alt_txt"].startswith(f"Map of 26 papers; the route goes through: {first}")


def test_mute_ends_listening_and_a_mention_is_still_heard(slack: SlackServer, services: Services) -> None:
    with answered(slack, services) as thread:
        assert "I will be quiet" in thread.asked("mute")
        slack.say("what about robustness?", thread_ts=thread.ts)
        assert cited(thread.asked("shorter", mention=True))
    assert len([text for text in texts(slack.state.thread(CHANNEL, thread.ts)) if "robustness" in text]) == 1


def test_a_new_survey_can_be_had_in_the_same_thread(slack: SlackServer, services: Services) -> None:
    with answered(slack, services) as thread:
        thread.asked("survey speech recognition", mention=True)
        assert len(slack.state.answers(CHANNEL, thread.ts)) == 2
        assert services.store.slack_threads.get("T0TEAM", CHANNEL, thread.ts).edition == thread.edition.id


def test_the_same_with_other_options(slack: SlackServer, services: Services) -> None:
    with answered(slack, services) as thread:
        thread.asked("top 5", mention=True)
    _, fewer = slack.state.answers(CHANNEL, thread.ts)
    assert fewer["text"].startswith("5 papers on")


def test_without_the_scope_a_thread_is_answered_all_the_same(slack: SlackServer, services: Services) -> None:
    for scope in ("channels:history", "groups:history"):
        slack.state.scopes.remove(scope)
    with answered(slack, services) as thread:
        assert cited(thread.asked("shorter", mention=True))
