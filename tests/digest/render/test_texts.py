"""Plain text, terminal, Markdown, JSON."""

import io
import json
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from rich.cells import cell_len
from rich.console import Console

from digest.mail.digest_mail import render_text_and_html
from digest.render import edition_json, markdown, plain_text, terminal
from digest.render.html import render_page
from digest.render.plain_text import wrap
from digest.render.safe_text import shorten, strip_harmful, to_line
from store.records.editions import Edition, Health, OverflowPaper
from tests.doubles.editions import READ_EDITIONS, edition, hostile_edition, partly_failed_edition, quiet_edition

EDITIONS = {
    "none": edition(0),
    "one": edition(1),
    "twelve": edition(12),
    "japanese": edition(12, language="ja"),
    "quiet": quiet_edition(),
    "partly failed": partly_failed_edition(),
    "hostile": hostile_edition(),
    **READ_EDITIONS,
}
every_edition = pytest.mark.parametrize("edition", EDITIONS.values(), ids=EDITIONS)


def mail_text(edition: Edition) -> str:
    return render_text_and_html(edition)[0]


def mail_html(edition: Edition) -> str:
    return render_text_and_html(edition)[1]


def shown(edition, width=80, **options):
    out = io.StringIO()
    terminal.show(edition, Console(file=out, width=width, legacy_windows=False, **options))
    return out.getvalue()


def test_no_line_of_the_terminal_ends_with_an_opening_bracket():
    words = "この経路は、あかさたなはまやらわ「音声認識」から始まり、かきくけこ「言語モデル」で終わります [1]。"
    survey = edition(3, language="ja")
    survey = replace(
        survey, opening=words, note=words, sections=[replace(part, text=words * 3) for part in survey.sections]
    )
    for width in range(40, 60):
        rows = [row.strip() for row in shown(survey, width=width).splitlines()]
        assert not [row for row in rows if row.endswith("「") or row.startswith(("」", "。", "、"))]


@every_edition
def test_plain_text_keeps_to_its_columns(edition):
    for row in plain_text.render(edition).splitlines():
        words = re.sub(r"^\[\d+\]", "", row).split()
        assert cell_len(row) <= plain_text.WIDTH or len(words) == 1, row


@every_edition
def test_no_form_carries_controls(edition):
    for text in (plain_text.render(edition), markdown.render(edition), shown(edition), edition_json.render(edition)):
        text.encode("utf-8")
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", text)
    for text in (plain_text.render(edition), markdown.render(edition), shown(edition)):
        assert not re.search("[\u202a-\u202e\u2066-\u2069]", text)


def test_commands_addresses_and_search_words_stay_as_they_were_written():
    told = Health("arxiv", ok=False, detail="Ask http://example.org/~me?a--b, or give --query.")
    survey = replace(
        quiet_edition(), queries=("text--image ``x''",), health=(told,), quiet="See http://example.org/~q--r."
    )
    for text in (plain_text.render(survey), shown(survey, width=100), mail_text(survey)):
        flat = " ".join(text.split())
        assert "http://example.org/~me?a--b, or give --query." in flat
        assert "text--image ``x''" in flat
        assert "http://example.org/~q--r." in flat


@every_edition
def test_every_paper_is_in_every_form(edition):
    for text in (plain_text.render(edition), shown(edition), markdown.render(edition)):
        for paper in edition.papers:
            assert paper.id in text or '"' in paper.id


@pytest.mark.parametrize("width", [40, 80, 200])
def test_the_terminal_fits(width):
    text = shown(edition(12), width)
    assert max(map(cell_len, text.splitlines())) <= min(width, 100)
    if width >= 80:
        assert "arXiv" in text
        assert "2611.00012" in text


def test_colour_and_links_are_extras():
    coloured = shown(edition(12), force_terminal=True, color_system="truecolor")
    assert "\x1b]8;" in coloured
    assert "https://arxiv.org/abs/2611.00003" in coloured
    assert "evil" not in "".join(re.findall(r"\x1b\]8;[^\x1b]*", shown(hostile_edition(), force_terminal=True)))
    assert "\x1b" not in shown(edition(12))


def test_rich_markup_in_a_title_is_text():
    assert "[bold red]rich markup[/]" in shown(hostile_edition(), 200)


def test_markdown_links_citations_and_nothing_else():
    document = MarkdownIt("gfm-like", {"linkify": False}).render(markdown.render(hostile_edition()))
    assert set(re.findall(r'href="(https?://[^/"]*)', document)) == {"https://arxiv.org"}
    assert "<script" not in document
    assert "<img" not in document
    assert re.search(r'<a href="https://arxiv.org/abs/2611.00001">\[1\]</a>', document)


def test_markdown_shows_titles_as_they_are():
    document = MarkdownIt().render(markdown.render(hostile_edition()))
    assert "*stars* _under_ `ticks` [link](https://evil.example)" in document
    assert "[99]" in document


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(blacklist_categories=["C", "Z"]), min_size=1, max_size=40))
def test_escaped_words_read_back_as_themselves(text):
    tokens = MarkdownIt().parse(markdown.escape_markdown(text))
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    assert "".join(child.content for child in tokens[1].children) == text


def test_a_models_emphasis_stays_and_its_headings_do_not():
    base = edition(6)
    section = replace(
        base.sections[0], source="model", text="## Head [1]\n\nso **bold** [2] <b>x</b> ![i](https://e.example)"
    )
    text = markdown.render(replace(base, sections=(section,)))
    assert "**Head [[1]](https://arxiv.org/abs/2611.00001)**" in text
    assert "**bold**" in text
    assert "<b>" not in MarkdownIt().render(text)
    assert "so bold [2]" in plain_text.render(replace(base, sections=(section,)))


def test_quiet_and_failed_are_said_everywhere():
    for render in (plain_text.render, markdown.render, shown):
        assert "Nothing new this time" in render(quiet_edition())
        assert "None of the 4 papers found" in " ".join(render(quiet_edition()).split())
        assert "This section could not be written" in render(partly_failed_edition())
        assert "failed" in render(partly_failed_edition())


def test_json_is_the_documented_schema():
    document = json.loads(edition_json.render(edition(12, kind="digest")))
    promised = (
        "schema edition kind question topic slot language created_at queries counts filter papers route sections "
        "markdown health usage seconds"
    ).split()
    assert set(promised) <= set(document)
    assert document["schema"] == "paperroute.edition/1"
    assert set("found kept summarised cited unknown_markers".split()) <= set(document["counts"])
    assert set(document["filter"]) == {"rule", "widened"}
    wanted = "id version title authors url published position section reason summary cited".split()
    assert set(wanted) <= set(document["papers"][0])
    assert set(document["papers"][0]["summary"]) == {"problem", "method", "result", "text", "model", "source"}
    assert set(document["route"]) == {"length", "as_found_length", "solver"}
    assert set("title papers text".split()) <= set(document["sections"][0])
    assert set("role model calls input_tokens output_tokens usd".split()) <= set(document["usage"][0])
    stages = "queries search filter embed order summarise synthesise total".split()
    assert list(document["seconds"]) == stages
    assert document["created_at"] == "2026-11-22T08:00:00Z"
    assert document["also_found"] == [7]
    assert document["markdown"] == markdown.render(edition(12, kind="digest"))


def test_json_is_unicode_and_the_same_every_time():
    document = edition_json.render(edition(12, language="ja"))
    assert "Müller" in document
    assert document == edition_json.render(edition(12, language="ja"))


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200), st.integers(10, 80))
def test_wrapping_loses_only_white_space(text, width):
    wrapped = wrap(text, width)
    assert "".join(wrapped.split()) == "".join(text.split())


@pytest.mark.parametrize("width", range(8, 40))
def test_a_word_keeps_its_quotes_and_dashes(width):
    rows = wrap("the title is “Pots” or ‘pans’, the authors’ last – and the largest, “Kilns”.", width).splitlines()
    assert not any(row.endswith(("“", "‘")) or row.startswith(("”", "’")) for row in rows)


def test_wide_scripts_wrap_by_their_columns():
    text = "本研究では、音声認識の小型化について調べた。" * 6
    rows = wrap(text, 40).splitlines()
    assert len(rows) > 1
    assert all(cell_len(row) <= 42 for row in rows)
    assert not any(row[0] in "、。" for row in rows)


@given(st.text(max_size=80))
@settings(max_examples=100, deadline=None)
def test_safe_text_is_a_fixed_point_and_encodes(text):
    assert strip_harmful(strip_harmful(text)) == strip_harmful(text)
    to_line(text).encode("utf-8")


def test_shortened_ends_at_a_word():
    assert shorten("one two three", 9) == "one two…"
    assert shorten("x" * 50, 10) == "x" * 9 + "…"


def html_page(edition):
    return render_page(edition, map_svg=None)


NOON = datetime(2024, 5, 2, 12, tzinfo=UTC)
BEYOND = tuple(
    OverflowPaper(f"2401.0000{n}", 1, title, NOON, "has owls")
    for n, title in enumerate(["A <b>bold</b> *one*", "Second"])
)
FORMS = pytest.mark.parametrize("form", [markdown.render, plain_text.render, html_page, mail_html, mail_text])


@FORMS
def test_papers_without_room_are_named_in_every_form(form):
    told = form(replace(edition(12, kind="digest"), beyond=BEYOND))
    assert "Also new, in brief" in told
    assert "Second" in told
    assert "https://arxiv.org/abs/2401.00001" in told
    assert "<b>bold</b>" not in told or form in (plain_text.render, mail_text)


@FORMS
def test_one_without_room_that_was_withdrawn_says_so(form):
    beyond = (BEYOND[1], replace(BEYOND[0], title="Third", status="withdrawn", status_note="Lemma 2 is wrong."))
    told = " ".join(form(replace(edition(12, kind="digest"), beyond=beyond)).replace("\\", "").split())
    assert "Third · Withdrawn: Lemma 2 is wrong." in told
    assert "Second · " not in told


@FORMS
def test_what_failed_stands_before_the_text(form):
    ill = replace(edition(12), health=(Health("arxiv", ok=False, detail="arXiv did not answer"),))
    told = form(ill)
    assert (
        -1
        < told.find("arXiv did not answer")
        < told.find("1. " if form in (plain_text.render, mail_text) else "<h2" if "<h2" in told else "## 1.")
    )
