"""The picture of the README is drawn from the very blocks that are posted."""

import re

import pytest

from bench.slack_picture import page
from bot.messages.answer import answer_message
from bot.messages.digest import digest_post
from bot.messages.paper_message import papers_message
from bot.messages.survey import survey_messages
from tests.doubles.editions import edition, hostile_edition, quiet_edition


@pytest.mark.parametrize("edition", [edition(12), edition(120), hostile_edition()], ids=["twelve", "many", "hostile"])
def test_every_block_of_an_answer_is_drawn(edition):
    answer = answer_message(edition, archive_url="https://papers.example/x", kept=True)
    messages = [answer, *survey_messages(edition), papers_message(edition)]
    drawn = page("LoRA <!channel> <script>", [message.blocks for message in messages])
    assert {paper.url for paper in edition.papers} == set(re.findall(r'<a href="([^"]+)"', drawn))
    assert "<script" not in drawn
    assert "Subscribe weekly" in drawn


def test_every_block_of_a_digest_is_drawn():
    for digest in (edition(30, kind="digest"), quiet_edition()):
        post = digest_post(digest, subscription="s1")
        assert "Pause this digest" in page("", [post.parent.blocks, *(message.blocks for message in post.thread)])
