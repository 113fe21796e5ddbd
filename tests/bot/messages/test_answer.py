"""An answer is one screen: the finding, where to begin, and buttons to all the rest; every paper is a button away."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import ids, limits
from bot.limits import message_problems, shown_length, written_length
from bot.messages.answer import answer_message, page_message
from bot.messages.paper_message import count_periods, papers_message
from bot.messages.survey import finding
from digest.render.formats import offered_formats
from tests.bot.messages.test_escape import HOSTILE
from tests.bot.messages.test_survey import ARCHIVE, EDITIONS, markdown_of, read
from tests.doubles.editions import (
    NARROWER,
    broad_edition,
    edition,
    hostile_question_edition,
    nothing_edition,
    partly_understood_edition,
    quiet_edition,
    start_edition,
)
from tests.doubles.slack_blocks import check_blocks

LANGUAGES = ("en", "ja", "de", "fr", "es")
every_edition = pytest.mark.parametrize("edition", EDITIONS.values(), ids=EDITIONS)


def buttons(message):
    (row,) = [block for block in message.blocks if block["type"] == "actions"]
    return {element["action_id"]: element for element in row["elements"]}


def label(element):
    return (element.get("text") or element["placeholder"])["text"]


@every_edition
def test_an_answer_is_one_screen_in_every_language(edition):
    for language in LANGUAGES:
        made = replace(edition, language=language)
        message = answer_message(made, archive_url=ARCHIVE, canvas=True, kept=True)
        assert shown_length(message.blocks) <= 1_500
        assert message_problems(message.arguments()) == []
        check_blocks(list(message.blocks))
        found, _ = read([message])
        assert set(found) <= {paper.url for paper in made.papers}
        assert {paper.url for paper in made.papers} <= set(re.findall(r"<(https:[^|>]+)\|", message.rescue))


@pytest.mark.parametrize("made", [edition(3), edition(5), edition(60), start_edition(60)])
def test_three_papers_have_room_on_a_screen_with_the_addresses_of_their_links(made):
    message = answer_message(made, kept=True)
    assert written_length(message.blocks) <= 1_500
    assert len(re.findall(r"(?m)^- ", "\n".join(markdown_of([message])))) >= 3


hostile = st.lists(st.sampled_from([*HOSTILE, "words of a title", "[1]", "[7]", "[99]", "\n\n"]), max_size=8).map(
    " ".join
)


@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(
    size=st.integers(0, 250),
    titles=st.lists(hostile | st.text(max_size=400), min_size=1, max_size=8),
    opening=hostile | st.text(max_size=600) | st.just("[1] x" * 9_000),
    language=st.sampled_from(LANGUAGES),
    start=st.booleans(),
)
def test_hostile_texts_of_any_length(size, titles, opening, language, start):
    base = (start_edition if start else edition)(size, language=language)
    papers = tuple(replace(paper, title=titles[n % len(titles)]) for n, paper in enumerate(base.papers))
    made = replace(base, title=titles[0], question=titles[-1], opening=opening, papers=papers)
    message = answer_message(made, kept=True)
    assert shown_length(message.blocks) <= 1_500
    table = papers_message(made) if papers else message
    for sent in (message, table, table.simpler or table, (table.simpler or table).simpler or table):
        assert message_problems(sent.arguments()) == []
        check_blocks(list(sent.blocks))
        assert not re.search("[<>]", sent.text)


def test_the_finding_in_two_sentences_and_where_to_begin_with_why():
    made = start_edition(60)
    (lead, start) = markdown_of([answer_message(made)])
    assert lead.startswith("The survey opens with recognisers that are distilled from larger ones \\[[1](https://arxiv")
    assert "312 papers found" not in lead, "what is counted is no finding"
    assert start.startswith("## Start here\n\n- ")
    assert re.findall(r"(?m)^- \\\[\[(\d+)\]", start) == ["2", "4", "10"]
    assert "the survey of the field" in start
    two = replace(made, opening="One is best [1]. Two are better [2]. Three are many [3].")
    assert "better" in markdown_of([answer_message(two)])[0]
    assert "many" not in str(answer_message(two).blocks)


def test_where_the_opening_only_counts_the_first_paper_to_read_says_what_it_found():
    made = replace(start_edition(12), opening="Twelve papers, all of 2026. Three are methods.")
    lead = markdown_of([answer_message(made)])[0]
    assert lead.startswith(
        "Where transcripts are missing altogether, masked prediction fills the gap at L² cost \\[[2]"
    )
    assert "Twelve papers, all of 2026." in lead
    assert "Three are methods" not in lead
    assert answer_message(made).text.endswith("masked prediction fills the gap at L² cost.")
    nothing = replace(nothing_edition(), opening="Three papers.")
    assert "masked" not in str(answer_message(nothing).blocks)


def test_where_an_edition_does_not_say_where_to_begin():
    for size, title in ((1, "The paper"), (4, "The papers"), (60, "Start with these")):
        assert f"## {title}\n" in "\n".join(markdown_of([answer_message(edition(size))]))
    assert "##" not in "\n".join(markdown_of([answer_message(nothing_edition())]))
    assert "##" not in "\n".join(markdown_of([answer_message(edition(0))]))


def test_buttons_lead_to_all_the_rest():
    for size, papers in ((1, "The paper in a table"), (12, "All 12 papers")):
        made = edition(size)
        found = buttons(answer_message(made))
        assert list(found) == [
            ids.ALL_PAPERS,
            ids.FULL_SURVEY,
            ids.REFRESH,
            ids.SUBSCRIBE,
            ids.BIBTEX,
            ids.DOWNLOAD,
            ids.CHOOSE_PAPER,
        ]
        assert label(found[ids.ALL_PAPERS]) == papers
        pressed = (ids.ALL_PAPERS, ids.FULL_SURVEY, ids.REFRESH, ids.SUBSCRIBE, ids.BIBTEX)
        assert {found[action]["value"] for action in pressed} == {made.id}
        assert [option["value"] for option in found[ids.CHOOSE_PAPER]["options"]][:1] == [f"1 {made.id}"]
        values = [option["value"] for option in found[ids.DOWNLOAD]["options"]]
        assert values == [f"{form.name} {made.id}" for form in offered_formats()]
    assert set(buttons(answer_message(edition(0)))) == {ids.REFRESH, ids.SUBSCRIBE}
    assert ids.CHOOSE_PAPER not in buttons(answer_message(edition(12), opinions=False))
    (thumbs,) = [block for block in answer_message(made).blocks if block["type"] == "context_actions"]
    for name in ("positive_button", "negative_button"):
        assert thumbs["elements"][0][name]["value"].split(" ")[1:] == [made.id]


def test_the_full_survey_is_a_page_where_all_may_read_it_and_a_button_else():
    public = buttons(answer_message(edition(12), page=ARCHIVE, archive_url=ARCHIVE))
    assert ids.FULL_SURVEY not in public
    assert (label(public[ids.OPEN_ARCHIVE]), public[ids.OPEN_ARCHIVE]["url"]) == ("Full survey", ARCHIVE)
    private = buttons(answer_message(edition(12), archive_url="http://papers.lan/x"))
    assert label(private[ids.FULL_SURVEY]) == "Full survey"
    assert label(private[ids.OPEN_ARCHIVE]) == "Open in the archive"
    assert ids.OPEN_CANVAS in buttons(answer_message(edition(12), page=ARCHIVE, canvas=True))
    assert ids.OPEN_CANVAS not in buttons(answer_message(edition(12), canvas=True)), "the full survey is one"
    assert page_message(edition(12), ARCHIVE).text.startswith(f"The full survey: <{ARCHIVE}|How is speech")


def test_a_broad_question_has_a_menu_of_narrower_ones():
    message = answer_message(broad_edition())
    menu = buttons(message)[ids.NARROWER]
    assert [option["text"]["text"] for option in menu["options"]] == list(NARROWER)
    assert [option["value"] for option in menu["options"]] == [f"{n} {broad_edition().id}" for n in range(3)]
    assert "431 papers fit this question; the most relevant are shown." in read([message])[1]


def test_what_a_reader_has_to_know_beforehand_stands_first():
    for made, told in (
        (partly_understood_edition(), "Not understood: 医学"),
        (nothing_edition(), "No paper was found on this."),
        (hostile_question_edition(), "No paper was found on this."),
    ):
        words = read([answer_message(made)])[1]
        assert told in words.replace("\u2024", ".")[:300]
    assert "No new papers" in str(answer_message(quiet_edition()).blocks) or quiet_edition().quiet[:40] in str(
        answer_message(quiet_edition()).blocks
    )


def test_the_notification_says_the_finding():
    message = answer_message(edition(12))
    assert message.text == (
        "12 papers on “How is speech recognition made small enough for a phone?”. The survey opens with recognisers "
        "that are distilled from larger ones, and follows them towards streaming and unlabelled speech."
    )
    assert finding(quiet_edition()) == quiet_edition().quiet
    assert "No paper was found on this." in answer_message(nothing_edition()).text
    assert answer_message(edition(1, language="ja")).text.startswith("「How is speech")
    asks = replace(edition(12), opening="“GPT-4? It Depends! Or Not” [3] asks what others do not. More follows.")
    assert answer_message(asks).text.endswith("”. “GPT-4? It Depends! Or Not” asks what others do not.")


def test_counts_stand_below_and_models_with_the_whole():
    said = str(answer_message(edition(12)).blocks)
    assert "312 found, 12 kept, 11 cited · 11.9 s · $0.0631" in said
    assert "gpt-small" not in said


def test_a_kept_edition_says_so():
    assert "This survey was made <!date^" in str(answer_message(edition(12), kept=True).blocks)
    assert "This survey was made" not in str(answer_message(edition(12)).blocks)


def test_japanese_wording():
    said = str(answer_message(edition(12, language="ja"), kept=True).blocks)
    for text in ("毎週受け取る", "更新", "に作成したものです"):
        assert text in said
    assert not re.search(r"Subscribe|Refresh|Full survey|All \d|Start here", said)


# All papers.


def table_of(message):
    (table,) = [block for block in message.blocks if block["type"] == "data_table"]
    return table


def test_every_paper_is_a_row_with_its_link():
    made = start_edition(60)
    table = table_of(papers_message(made))
    names, *rows = table["rows"]
    assert [cell["text"] for cell in names] == ["Title", "Year", "First author", "Role"]
    links = [row[0]["elements"][0]["elements"][0] for row in rows]
    assert [link["url"] for link in links] == [paper.url for paper in made.papers]
    assert links[1]["text"] == "[2] How Small Can a Streaming Recogniser Be? A Study over 10⁵ Utterances"
    assert [cell.get("value", cell.get("text")) for cell in rows[1][1:]] == [2026, "Fernández et al.", "survey"]
    assert rows[4][2]["text"] == "–", "an author that nobody recorded"
    graded = replace(made, papers=tuple(replace(paper, relevance=0.5) for paper in made.papers))
    assert [cell["text"] for cell in table_of(papers_message(graded))["rows"][0]][-1] == "Relevance"


def test_a_table_is_as_full_as_slack_takes_it_and_says_what_is_left():
    for size, left in ((200, 0), (250, 50)):
        message = papers_message(edition(size))
        assert len(table_of(message)["rows"]) == 201
        assert limits.text_length(message.blocks) <= 12_000
        assert (f"{left} more papers are in the files below." in str(message.blocks)) is bool(left)


def test_where_no_table_is_taken_the_first_15_stand_as_lines():
    message = papers_message(edition(60), archive_url=ARCHIVE)
    listed = message.simpler if message.simpler.simpler is None else message.simpler.simpler
    assert not [block for block in listed.blocks if block["type"].startswith("data_")]
    (lines,) = markdown_of([listed])
    assert len(lines.splitlines()) == 15
    assert "45 more papers are in the files below." in str(listed.blocks)
    found = buttons(listed)
    assert found[ids.DOWNLOAD]["value"] == f"csv {edition(60).id}"
    assert found[ids.OPEN_ARCHIVE]["url"] == ARCHIVE
    rescued = re.findall(r"<(https:[^|>]+)\|", listed.rescue)
    assert set(rescued) == {paper.url for paper in edition(60).papers}


def at(year, month=6):
    return datetime(year, month, 1, tzinfo=UTC)


def test_papers_of_years_are_drawn_and_told():
    base = edition(12)
    papers = tuple(replace(paper, published=at(2022 + n % 4)) for n, paper in enumerate(base.papers))
    message = papers_message(replace(base, papers=papers))
    (chart,) = [block for block in message.blocks if block["type"] == "data_visualization"]
    assert chart["chart"]["series"][0]["data"] == [{"label": str(2022 + n), "value": 3} for n in range(4)]
    assert "By when they were submitted: 2022 (3), 2023 (3), 2024 (3), 2025 (3)." in message.text
    assert not [block for block in message.simpler.blocks if block["type"] == "data_visualization"]
    assert table_of(message.simpler) == table_of(message)


def test_papers_of_one_year_are_counted_by_month():
    papers = [replace(paper, published=at(2026, 3 if n else 1)) for n, paper in enumerate(edition(3).papers)]
    assert count_periods(papers) == {"2026-01": 1, "2026-02": 0, "2026-03": 2}
    few = papers_message(replace(edition(3), papers=tuple(papers)))
    assert not [block for block in few.blocks if block["type"] == "data_visualization"]
    assert "2026-02" not in few.text
