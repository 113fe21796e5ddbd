"""A digest is one message with where to start, its sections in the thread, and nothing missing."""

import re
from dataclasses import replace

import pytest

from bot import ids
from bot.limits import shown_length
from bot.messages.answer import top_papers
from bot.messages.digest import digest_post
from store.records.editions import OverflowPaper
from tests.bot.messages.test_survey import ARCHIVE, check, markdown_of
from tests.doubles.editions import NOW, edition, hostile_edition, partly_failed_edition, quiet_edition, start_edition

DIGESTS = {
    "one": edition(1, kind="digest"),
    "twelve": edition(12, kind="digest"),
    "japanese": edition(30, kind="digest", language="ja"),
    "with a start": start_edition(12, kind="digest"),
    "many": edition(300, kind="digest"),
    "quiet": quiet_edition(),
    "hostile": replace(hostile_edition(), kind="digest"),
    "partly failed": replace(partly_failed_edition(), kind="digest"),
    "long opening": replace(edition(12, kind="digest"), opening="\n\n".join(f"Paragraph {n} [1]." for n in range(99))),
    "only beyond": replace(quiet_edition(), beyond=(OverflowPaper("2611.00009", 1, "One more", NOW, ""),)),
}


@pytest.mark.parametrize("edition", DIGESTS.values(), ids=DIGESTS)
def test_nothing_is_missing_and_no_limit_broken(edition):
    post = digest_post(edition, subscription="s1", archive_url=ARCHIVE)
    check(edition, [post.parent, *post.thread])
    assert shown_length(post.parent.blocks) <= 1_500


def test_the_parent_says_where_to_start_and_the_thread_has_the_sections():
    digest = edition(12, kind="digest")
    post = digest_post(digest, subscription="s1")
    parent = "\n".join(markdown_of([post.parent]))
    assert "## Start with these" in parent
    assert post.parent.blocks[0]["text"]["text"] == "12 new papers on On-device speech recognition"
    assert "Digest, 22 November 2026" in str(post.parent.blocks[1])
    assert "15 November 2026 to 22 November 2026" in str(post.parent.blocks[1])
    assert "The 2 sections are in the thread." in str(post.parent.blocks)
    assert not any(section.title in parent for section in digest.sections)
    thread = "\n".join(markdown_of(post.thread))
    assert digest.opening.partition("[1]")[0] in thread, "the parent has two sentences of it"
    assert [f"{n}. {section.title}" for n, section in enumerate(digest.sections, 1)] == re.findall(
        r"(?m)^## (\d.*)$", thread
    )
    assert post.parent.text.startswith("12 new papers on On-device speech recognition: The survey opens")


def test_where_readers_are_not_asked_no_menu_offers_it():
    assert ids.CHOOSE_PAPER in str(digest_post(edition(12, kind="digest")).parent.blocks)
    assert ids.CHOOSE_PAPER not in str(digest_post(edition(12, kind="digest"), opinions=False).parent.blocks)


def test_where_an_edition_says_what_to_read_first_the_parent_does():
    parent = "\n".join(markdown_of([digest_post(start_edition(12, kind="digest")).parent]))
    assert "## Start with these" not in parent
    start = parent[parent.index("## Start here") :]
    assert [int(number) for number in re.findall(r"\\\[\[(\d+)\]", start)] == [2, 4, 10]
    assert "the survey of the field" in start


def test_start_with_what_the_opening_cites_then_the_first_of_each_section():
    assert [paper.number for paper in top_papers(edition(60, kind="digest"))] == [1, 7, 13, 19, 25]
    digest = replace(edition(12, kind="digest"), opening="See [9] and [3].")
    assert [paper.number for paper in top_papers(digest)] == [9, 3, 1, 7, 2]


def test_a_quiet_digest_is_one_line_without_a_thread():
    post = digest_post(quiet_edition(), subscription="s1")
    assert post.thread == ()
    assert "None of the 4 papers found" in post.parent.text
    assert ids.DOWNLOAD not in str(post.parent.blocks)


def test_only_who_may_pause_it_is_offered_to():
    assert "'value': 's1'" in str(digest_post(edition(12, kind="digest"), subscription="s1").parent.blocks)
    assert ids.PAUSE not in str(digest_post(edition(12, kind="digest")).parent.blocks)
