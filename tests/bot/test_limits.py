"""The validator knows Slack's limits: what is at one passes, what is over is named."""

import pytest

from bot import limits
from bot.limits import message_problems, view_problems


def plain(text):
    return {"type": "plain_text", "text": text}


def button(**more):
    return {"type": "button", "action_id": "a", "text": plain("Go")} | more


def message(*blocks, text="said", **more):
    return {"text": text, "blocks": list(blocks)} | more


def raw(text):
    return {"type": "raw_text", "text": text}


def table(rows, **more):
    return {"type": "data_table", "caption": "Papers", "rows": rows} | more


def chart(categories, data=None, **more):
    points = [{"label": name, "value": 1} for name in (categories if data is None else data)]
    series = [{"name": "papers", "data": points}]
    drawn = {"type": "bar", "series": series, "axis_config": {"categories": categories}}
    return {"type": "data_visualization", "title": "Papers", "chart": drawn} | more


GOOD = [
    {"type": "header", "text": plain("x" * 150)},
    {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3_000}},
    {"type": "section", "fields": [plain("x" * 100)] * 10},
    {"type": "context", "elements": [plain("x")] * 10},
    {"type": "actions", "elements": [button(action_id=str(n), value="x" * 2_000) for n in range(25)]},
    {"type": "markdown", "text": "x" * 12_000},
    {"type": "markdown", "text": "\n\n".join("x" for _ in range(45))},
    {"type": "image", "image_url": "https://papers.example/a.png", "alt_text": "a"},
    {"type": "divider"},
    {"type": "actions", "elements": [{"type": "timepicker", "action_id": "t"}]},
    table([[raw("x")] * 20] * 201),
    table([[raw("x")], [{"type": "raw_number", "value": 1, "text": "1"}]], page_size=100),
    chart([str(n) for n in range(20)]),
]


@pytest.mark.parametrize("block", GOOD, ids=lambda block: block["type"])
def test_what_is_at_a_limit_passes(block):
    assert message_problems(message(block)) == []


BAD = {
    "a long header": ({"type": "header", "text": plain("x" * 151)}, "1 to 150"),
    "an empty header": ({"type": "header", "text": plain(" ")}, "1 to 150"),
    "mrkdwn in a header": ({"type": "header", "text": {"type": "mrkdwn", "text": "x"}}, "must be plain_text"),
    "a long section": ({"type": "section", "text": plain("x" * 3_001)}, "1 to 3,000"),
    "a section of nothing": ({"type": "section"}, "must be"),
    "many fields": ({"type": "section", "fields": [plain("x")] * 11}, "over 10 fields"),
    "a long markdown": ({"type": "markdown", "text": "x" * 12_001}, "1 to 12,000"),
    "an empty markdown": ({"type": "markdown", "text": ""}, "1 to 12,000"),
    "a full context": ({"type": "context", "elements": [plain("x")] * 11}, "1 to 10"),
    "many buttons": ({"type": "actions", "elements": [button(action_id=str(n)) for n in range(26)]}, "1 to 25"),
    "an action twice": ({"type": "actions", "elements": [button(), button()]}, "used twice"),
    "a long button": ({"type": "actions", "elements": [button(text=plain("x" * 76))]}, "1 to 75"),
    "a long value": ({"type": "actions", "elements": [button(value="x" * 2_001)]}, "over 2,000"),
    "a long address": ({"type": "actions", "elements": [button(url="x" * 3_001)]}, "over 3,000"),
    "a long block_id": ({"type": "divider", "block_id": "x" * 256}, "1 to 255"),
    "an unknown block": ({"type": "container"}, "no block"),
    "a carousel without cards": ({"type": "carousel"}, "1 to 10 cards"),
    "an unknown element": ({"type": "actions", "elements": [{"type": "slider"}]}, "no element"),
    "an image without words": ({"type": "image", "image_url": "https://x"}, "alt_text"),
    "two tables": ({"type": "markdown", "text": "|a|\n|-|\n\nand\n\n|b|\n|-|"}, "more than one table"),
    "many structures": ({"type": "markdown", "text": "\n\n".join("x" for _ in range(46))}, "46 structures"),
    "a table of its header": (table([[raw("x")]]), "1 rows"),
    "a table of many rows": (table([[raw("x")]] * 202), "202 rows"),
    "a table of many columns": (table([[raw("x")] * 21] * 2), "cells"),
    "a table with a gap": (table([[raw("x")] * 2, [raw("x")]]), "cells"),
    "a table without a caption": (table([[raw("x")]] * 2, caption=""), "caption"),
    "a table of large pages": (table([[raw("x")]] * 2, page_size=101), "page_size"),
    "a table with a linked header": (table([[{"type": "rich_text", "elements": []}], [raw("x")]]), "header"),
    "a table with an empty cell": (table([[raw("x")], [raw("")]]), "empty cell"),
    "a long table": (table([[raw("x" * 10_001)]] * 2), "over 20,000"),
    "a chart without a title": (chart(["a"], title=""), "title"),
    "a chart of many points": (chart([str(n) for n in range(21)]), "categories"),
    "a chart with a gap": (chart(["a", "b"], ["a"]), "a point for each"),
    "a chart of long names": (chart(["x" * 21]), "1 to 20"),
    "a long confirm": (
        {"type": "actions", "elements": [button(confirm={k: plain("x" * 31) for k in ("title", "text", "confirm")})]},
        "1 to 30",
    ),
    "a long option": (
        {
            "type": "actions",
            "elements": [
                {"type": "static_select", "action_id": "s", "options": [{"text": plain("x" * 76), "value": "v"}]}
            ],
        },
        "1 to 75",
    ),
}


@pytest.mark.parametrize(("block", "named"), BAD.values(), ids=BAD)
def test_what_is_over_a_limit_is_named(block, named):
    assert any(named in problem for problem in message_problems(message(block)))


def test_limits_of_a_whole_message():
    long = [{"type": "markdown", "text": "x" * 6_001}] * 2
    assert any("12,002 characters" in problem for problem in message_problems(message(*long)))
    assert any("51 blocks" in problem for problem in message_problems(message(*[{"type": "divider"}] * 51)))
    tables = [{"type": "markdown", "text": "|a|\n|-|"}] * 2
    assert "more than one table" in message_problems(message(*tables))
    assert "more than one table" in message_problems(message(*[table([[raw("x")]] * 2)] * 2))
    assert "more than two charts" in message_problems(message(*[chart(["a"])] * 3))
    twice = [{"type": "divider", "block_id": "same"}] * 2
    assert "a block_id is used twice" in message_problems(message(*twice))
    assert any("text:" in problem for problem in message_problems(message(text=" ")))
    assert any("over 4,000" in problem for problem in message_problems(message(text="x" * 4_001)))
    assert any("unfurl_links" in problem for problem in message_problems(message(unfurl_links=True)))


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("a", 1),
        ("a\nb", 1),
        ("a\n\nb", 2),
        ("# a\nb", 2),
        ("## a\n\nb\n\n- c\n- d\n\ne", 4),
        ("- a\n- b\n\n1. c", 2),
        ("|a|b|\n|-|-|\n|1|2|", 1),
        ("# a\n# b", 2),
    ],
)
def test_structures_of_a_markdown_text(text, count):
    assert limits.count_markdown_structures(text) == count


def test_what_a_reader_sees_before_they_press_anything():
    menu = {
        "type": "static_select",
        "action_id": "s",
        "placeholder": plain("Menu"),
        "options": [{"text": plain("x" * 70)}],
    }
    blocks = [
        {"type": "markdown", "text": "## A\n\n- \\[[1](https://arxiv.org/abs/1)\\] [B\\_c](https://arxiv.org/abs/1)"},
        {"type": "section", "text": {"type": "mrkdwn", "text": "<https://papers.example|Page>"}},
        {"type": "actions", "elements": [button(), menu]},
    ]
    assert limits.shown_length(blocks) == len("A\n\n- [[1] [B_c") + len("Page>") + len("Go") + len("Menu")


def test_limits_of_a_view():
    view = {"type": "modal", "title": plain("x" * 24), "callback_id": "c", "blocks": [{"type": "divider"}] * 100}
    assert view_problems(view) == []
    assert view_problems(view | {"title": plain("x" * 25)})
    assert view_problems(view | {"blocks": [{"type": "divider"}] * 101})
    assert view_problems(view | {"private_metadata": "x" * 3_001})
    assert view_problems({"type": "modal", "blocks": []}) == ["a modal needs a title"]
    assert view_problems({"type": "home", "blocks": [{"type": "markdown", "text": "x" * 250_000}]})
    entry = {"type": "input", "label": plain("l"), "element": {"type": "plain_text_input", "max_length": 3_001}}
    assert any("3,000" in problem for problem in view_problems(view | {"blocks": [entry]}))
    assert any("submit" in problem for problem in view_problems(view | {"blocks": [entry]}))
