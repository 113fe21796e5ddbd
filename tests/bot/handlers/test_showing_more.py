"""Behind the first screen: all papers, the whole survey, once in a thread and by whatever the workspace has."""

import re

import pytest

from bot import ids
from digest.pipeline.services import Services
from digest.render.formats import set_length
from store.records.editions import Edition
from tests.doubles import slack_blocks
from tests.doubles.slack_server import SlackServer
from tests.factories.slack import QUESTION, bot_services, holding, only, running, texts

CHANNEL = "C1GENERAL"
SITE = "https://papers.example"


def edition_of(services: Services) -> Edition:
    return services.store.editions.get(services.store.editions.list()[0].id)


def posted(slack: SlackServer, ts: str, kind: str) -> list[dict]:
    return [m for m in slack.state.by_bot(CHANNEL, ts) if kind in [block["type"] for block in m.get("blocks", ())]]


def linked(messages: list[dict]) -> set[str]:
    return set(re.findall(r"https://arxiv\.org/abs/[\w./-]+", str([message.get("blocks") for message in messages])))


def test_an_answer_is_one_message_of_one_screen(slack: SlackServer, services: Services) -> None:
    with running(slack, bot_services(services)):
        ts = slack.mention(QUESTION)
        answer = holding(slack, ts, ids.ALL_PAPERS)
        slack.settle()
    assert only(slack.state.answers(CHANNEL, ts)) == answer
    assert 3 <= len(linked([answer])) <= 8
    assert "## Start here" in str(answer["blocks"])


@pytest.mark.parametrize("how", ["pressed", "typed"])
def test_all_papers_come_as_a_table(slack: SlackServer, services: Services, how: str) -> None:
    with running(slack, bot_services(services)):
        ts = slack.mention(QUESTION)
        answer = holding(slack, ts, ids.ALL_PAPERS)
        if how == "pressed":
            slack.press(answer, ids.ALL_PAPERS)
        else:
            slack.settle()
            slack.mention("show me all the papers", thread_ts=ts)
        (shown,) = slack.state.wait(lambda: posted(slack, ts, "data_table"))
    assert linked([shown]) == {paper.url for paper in edition_of(services).papers}
    assert shown["text"].startswith("26 papers on “LoRA for image generation”. By when they were submitted: 20")
    assert (shown["unfurl_links"], shown["unfurl_media"]) == (False, False)
    assert slack.state.refused() == []


def test_a_workspace_without_charts_gets_the_table_and_one_without_tables_gets_lines(
    slack: SlackServer, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slack_blocks, "IN_MESSAGES", {"data_table"})
    with running(slack, bot_services(services)):
        ts = slack.mention(QUESTION)
        answer = holding(slack, ts, ids.ALL_PAPERS)
        slack.press(answer, ids.ALL_PAPERS)
        slack.state.wait(lambda: posted(slack, ts, "data_table"))
        monkeypatch.setattr(slack_blocks, "IN_MESSAGES", set())
        second = slack.mention(f"{QUESTION}, no cache")
        slack.press(holding(slack, second, ids.ALL_PAPERS), ids.ALL_PAPERS)
        listed = slack.state.wait(
            lambda: [m for m in slack.state.by_bot(CHANNEL, second) if "more papers are in the files" in str(m)]
        )[0]
        slack.press(listed, ids.DOWNLOAD)
        slack.state.wait(lambda: [file for file in slack.state.files.values() if file["name"].endswith(".csv")])
    assert len(linked([listed])) == 15
    assert "11 more papers are in the files below." in str(listed["blocks"])


def test_the_whole_survey_is_a_canvas_where_there_are_some(slack: SlackServer, services: Services) -> None:
    with running(slack, bot_services(services)):
        ts = slack.mention(QUESTION)
        slack.press(holding(slack, ts, ids.FULL_SURVEY), ids.FULL_SURVEY)
        slack.state.wait(lambda: [m for m in slack.state.by_bot(CHANNEL, ts) if "open as a canvas" in m["text"]])
    assert slack.state.refused() == []


def test_the_whole_survey_comes_into_the_thread_once(slack: SlackServer, services: Services) -> None:
    slack.state.scopes.remove("canvases:write")
    with running(slack, bot_services(services, length="standard")):
        ts = slack.mention(QUESTION)
        answer = holding(slack, ts, ids.FULL_SURVEY)
        slack.settle()
        before = len(slack.state.by_bot(CHANNEL, ts))
        slack.press(answer, ids.FULL_SURVEY)
        slack.settle()
        whole = slack.state.by_bot(CHANNEL, ts)[before:]
        slack.press(answer, ids.FULL_SURVEY, user="U2BEN")
        told = slack.state.wait(lambda: slack.state.called("chat.postEphemeral"))
        slack.settle()
        assert len(slack.state.by_bot(CHANNEL, ts)) == before + len(whole), "nothing is posted again"
    made = set_length(edition_of(services), "standard")
    assert linked(whole) == {paper.url for paper in made.papers}
    assert all(section.title in str(whole).replace("\\", "") for section in made.sections)
    assert "stands in this thread already" in str(told)
    assert slack.state.refused() == []


def test_who_asks_for_a_full_answer_gets_the_whole_at_once(slack: SlackServer, services: Services) -> None:
    with running(slack, bot_services(services)):
        ts = slack.mention(f"{QUESTION}, in full")
        answer = holding(slack, ts, ids.FULL_SURVEY)
        slack.settle()
        whole = [m for m in slack.state.by_bot(CHANNEL, ts) if m["ts"] > answer["ts"] and "blocks" in m]
    assert linked(whole) == {paper.url for paper in edition_of(services).papers}


def test_where_the_archive_is_public_the_full_survey_is_its_page(slack: SlackServer, services: Services) -> None:
    with running(slack, bot_services(services, archive_url=SITE, archive_is_public=True)):
        ts = slack.mention(QUESTION)
        answer = holding(slack, ts, ids.OPEN_ARCHIVE)
        page = f"{SITE}/editions/{edition_of(services).id}"
        assert f"'url': '{page}'" in str(answer["blocks"])
        assert ids.FULL_SURVEY not in str(answer["blocks"])
        slack.settle()
        before = len(slack.state.by_bot(CHANNEL, ts))
        slack.mention("more", thread_ts=ts)
        slack.settle()
        (told,) = slack.state.by_bot(CHANNEL, ts)[before:]
    assert told["text"] == f"The full survey: <{page}|LoRA for image generation>"
    assert slack.state.refused() == []


@pytest.mark.parametrize("value", ["no-such-edition", "x y", "26"])
def test_a_button_of_an_edition_that_is_gone_says_so(slack: SlackServer, services: Services, value: str) -> None:
    with running(slack, bot_services(services)):
        ts = slack.mention(QUESTION)
        answer = holding(slack, ts, ids.FULL_SURVEY)
        for action in (ids.FULL_SURVEY, ids.ALL_PAPERS):
            slack.press(answer, action, value=value)
        slack.state.wait(lambda: len(slack.state.called("chat.postEphemeral")) == 2)
    assert sum("not in the archive" in text for text in texts(slack.state.thread(CHANNEL, ts))) == 2


def test_what_statements_rest_on_is_shown_to_who_asks_alone(slack: SlackServer, services: Services) -> None:
    with running(slack, bot_services(services)):
        ts = slack.mention(QUESTION)
        answer = holding(slack, ts, ids.EVIDENCE)
        slack.settle()
        before = len(slack.state.answers(CHANNEL, ts))
        id_ = edition_of(services).id
        values = (f"-1 {id_}", f"0 {id_}", f"999 {id_}", f"x {id_}", "0 gone")
        for value in values:
            slack.press(answer, ids.EVIDENCE, value=value)
        slack.state.wait(lambda: len(slack.state.called("chat.postEphemeral")) == len(values))
    assert len(slack.state.answers(CHANNEL, ts)) == before
    said = [str(sent) for sent in slack.state.called("chat.postEphemeral")]
    assert sum("supported by the abstract" in one for one in said) == 2
    assert sum("not in the archive" in one for one in said) == 3
    assert slack.state.refused() == []
