"""The form and the Home tab: nothing over a limit, errors at their fields, and reading back gives what was shown."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import ids
from bot.intents.intents import NewSurvey, SearchPapers, ThreadSurvey, parse_intent
from bot.intents.question_options import parse_question
from bot.intents.small_talk import SmallTalk
from bot.limits import message_problems, view_problems
from bot.messages import topic_form
from bot.messages.home_view import HomeEdition, HomeReading, HomeSubscription, home_view, reading_of
from bot.messages.topic_form import FIELDS, TopicForm, errors, form_of, read, topic_of
from bot.messages.views import Preview, help_blocks, help_message, topic_view
from digest.cadence import describe, describe_schedule, offered_cadences
from digest.i18n.catalog import get_catalog
from digest.render.formats import BIBTEX
from digest.retrieval.topic_check import topic_problems
from digest.urls import SiteUrls
from store.records.editions import Topic
from tests.bot.messages.test_escape import HOSTILE, LIVE
from tests.doubles.editions import NOW, edition, hostile_edition, nothing_edition, quiet_edition, start_edition
from tests.doubles.slack_blocks import check_blocks
from tests.doubles.slack_state import SlackSays

EN, JA = get_catalog("slack", "en"), get_catalog("slack", "ja")
both = pytest.mark.parametrize("words", [EN, JA], ids=["en", "ja"])
TOPIC = Topic(
    slug="speech",
    title="Speech",
    question="Speech recognition",
    categories=("cs.CL", "eess.AS"),
    include=("streaming",),
    exclude=("music", "bird song"),
    cadence="monthly:7",
    at="09:30",
    timezone="Europe/Berlin",
    language="de",
    max_papers=30,
)
FORM = form_of(TOPIC, conversation="C0123456", subscription="17", canvas="keep")
hostile = st.lists(st.sampled_from(HOSTILE) | st.text(max_size=20), max_size=5).map(" ".join)


def submitted(view, **typed):
    """What Slack sends back for a view: each field's own value, or what was typed instead."""
    values = {}
    for block in view["blocks"]:
        if block["type"] == "input":
            name, element = block["block_id"], block["element"]
            values[name] = {element["action_id"]: state(element, typed.get(name))}
    return {"private_metadata": view["private_metadata"], "state": {"values": values}}


def state(element, typed):
    kind = element["type"]
    if kind == "static_select":
        chosen = typed or element.get("initial_option", {}).get("value")
        return {"type": kind, "selected_option": chosen and {"value": chosen}}
    if kind == "checkboxes":
        return {"type": kind, "selected_options": element.get("initial_options", [])}
    name, initial = {
        "timepicker": ("selected_time", "initial_time"),
        "conversations_select": ("selected_conversation", "initial_conversation"),
    }.get(kind, ("value", "initial_value"))
    return {"type": kind, name: element.get(initial) if typed is None else typed}


@both
def test_the_form_reads_back_as_it_was_filled_in(words):
    view = topic_view(FORM, words)
    assert view_problems(view) == []
    assert read(submitted(view)) == FORM
    assert topic_of(read(submitted(view)), base=TOPIC) == TOPIC
    assert errors(FORM, words, base=TOPIC) == {}
    assert [block["block_id"] for block in view["blocks"] if block["type"] == "input"] == list(FIELDS)


@both
def test_a_new_form_needs_a_question_and_a_place_only(words):
    blank = topic_view(TopicForm(timezone="Asia/Tokyo"), words)
    assert view_problems(blank) == []
    assert set(errors(read(submitted(blank)), words)) == {"question", "conversation"}
    form = read(submitted(blank, question="LoRA for image generation", conversation="D0123456"))
    assert errors(form, words) == {}
    written = replace(form, include="a--b, x~y", question="a--b")
    assert topic_of(written).include == ("a--b", "x~y")
    assert topic_of(written).question == "a--b"
    topic = topic_of(form, taken=["lora-for-image-generation"])
    assert topic == Topic(
        slug="lora-for-image-generation-2",
        title="LoRA for image generation",
        question="LoRA for image generation",
        cadence="weekly:mon",
        timezone="Asia/Tokyo",
    )
    assert topic_problems(topic) == ()


@pytest.mark.parametrize(
    ("typed", "field", "said"),
    [
        ({"question": "   "}, "question", "Give one"),
        ({"question": "🎉"}, "question", "holds no word"),
        ({"include": "diffusion, 画像"}, "include", "papers are in English"),
        ({"exclude": "!!!"}, "exclude", "holds no word"),
        ({"include": ",".join(map(str, range(50)))}, "include", "At most 20"),
        ({"categories": "machine learning"}, "categories", "is no category of arXiv. Did you mean “cs.LG”"),
        ({"categories": "cs.CL, cs.XX"}, "categories", "“cs.XX” is no category of arXiv"),
        (
            {"categories": "bioRxiv:zoolgy"},
            "categories",
            "is no subject area of bioRxiv. Did you mean “biorxiv:zoology”",
        ),
        ({"conversation": "D0123456"}, "canvas", "kept in a channel"),
        ({"cadence": "hourly"}, "cadence", "is no cadence"),
        ({"at": "25:00"}, "at", "is no time of day"),
        ({"timezone": "Berlin"}, "timezone", "is no IANA zone"),
        ({"timezone": "../../etc/passwd"}, "timezone", "is no IANA zone"),
        ({"max_papers": "0"}, "max_papers", "from 1 to 300"),
        ({"max_papers": "301"}, "max_papers", "from 1 to 300"),
        ({"max_papers": "12.5"}, "max_papers", "whole number"),
        ({"max_papers": "many"}, "max_papers", "whole number"),
        ({"conversation": ""}, "conversation", "Choose a channel"),
        ({"conversation": "<!channel>"}, "conversation", "Choose a channel"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(typed, field, said):
    form = read(submitted(topic_view(FORM, EN), **typed))
    found = errors(form, EN, base=TOPIC)
    assert set(found) == {field}
    assert said in found[field]
    assert found[field][0].isupper() or not found[field][0].isalpha()
    in_japanese = errors(form, JA, base=TOPIC)
    assert set(in_japanese) == {field}


@pytest.mark.parametrize("question", ["papers?", "what is new", "the latest work on it"])
def test_a_question_without_a_subject_is_refused_where_rules_read_it(question):
    form = read(submitted(topic_view(FORM, EN), question=question))
    narrow = replace(form, categories="")
    assert set(errors(narrow, EN, base=TOPIC, by_rules=True)) == {"question"}
    assert "no subject" in errors(narrow, EN, base=TOPIC, by_rules=True)["question"]
    assert "--query" not in str(errors(narrow, EN, base=TOPIC, by_rules=True))
    assert errors(narrow, EN, base=TOPIC) == {}, "a language model may read more in it"
    assert errors(form, EN, base=TOPIC, by_rules=True) == {}, "a category is enough to look for"


def test_a_form_that_asks_for_no_canvas_leaves_it_as_it_is():
    assert read(submitted(topic_view(replace(FORM, canvas=""), EN))).canvas == ""
    assert read(submitted(topic_view(replace(FORM, canvas="off"), EN))).canvas == "off"


def test_categories_have_one_spelling():
    form = read(submitted(topic_view(FORM, EN), categories="CS.cl, eess.as, HEP-TH, bioRxiv: Cell Biology"))
    assert topic_of(form, base=TOPIC).categories == ("cs.CL", "eess.AS", "hep-th", "biorxiv:cell_biology")


def test_an_edited_topic_keeps_what_the_form_does_not_show():
    by_queries = Topic(slug="s", title="Speech", queries=("speech recognition",), language="ja")
    form = form_of(by_queries, conversation="C0123456")
    assert topic_of(form, base=by_queries) == by_queries
    assert errors(form, EN, base=by_queries) == {}
    changed = topic_of(TopicForm(**(vars(form) | {"question": "Speech synthesis"})), base=by_queries)
    assert (changed.slug, changed.question, changed.queries, changed.language) == ("s", "Speech synthesis", (), "ja")


@pytest.mark.parametrize(
    "view", [{}, {"state": None}, {"state": {"values": []}}, {"private_metadata": "{"}, {"private_metadata": "[1]"}]
)
def test_a_strange_view_is_an_empty_form(view):
    assert read(view) == TopicForm(*[""] * len(FIELDS))


@given(st.fixed_dictionaries(dict.fromkeys(FIELDS, hostile)))
def test_any_input_is_judged_and_shown_again(typed):
    form = TopicForm(**typed)
    for words in (EN, JA):
        found = errors(form, words)
        assert set(found) <= set(FIELDS)
        assert all(0 < len(text) <= 300 for text in found.values())
        assert view_problems(topic_view(form, words)) == []
    if not errors(form, EN):
        assert topic_problems(topic_of(form)) == ()


@both
def test_the_preview(words):
    papers = tuple((title, f"https://arxiv.org/abs/2611.{n:05}") for n, title in enumerate(HOSTILE))
    view = topic_view(FORM, words, preview=Preview(count=40, papers=papers))
    assert view_problems(view) == []
    text = view["blocks"][-1]["text"]["text"]
    assert text.count("<https://arxiv.org/abs/") == 5
    assert "40" in text
    assert "35" in text
    bare = re.sub(r"<https://arxiv\.org/abs/[\d.]+\|", "", text)
    assert not re.search("<[!@#]", bare)
    nothing = words.gettext("This would have found nothing last week. Fewer words, or other ones, find more.")
    assert nothing in str(topic_view(FORM, words, preview=Preview()))
    assert "arXiv is away" in str(topic_view(FORM, words, preview=Preview(failed="arXiv is away.")))
    assert read(submitted(view)) == FORM


def subscription(n, **more):
    given = {"title": HOSTILE[n % len(HOSTILE)], "conversation": "C0123456" if n % 2 else "D0123456"}
    given |= {
        "cadence": offered_cadences()[n % len(offered_cadences())],
        "at": "08:00",
        "timezone": "UTC",
        "next_at": NOW,
        "last_at": NOW,
    }
    return HomeSubscription(id=str(n), **(given | more))


def buttons(view):
    return [button for block in view["blocks"] if block["type"] == "actions" for button in block["elements"]]


@both
@pytest.mark.parametrize("count", [0, 1, 25, 400])
def test_the_home_tab_of_any_size(words, count):
    editions = [HomeEdition(f"e{n}", HOSTILE[n % len(HOSTILE)], "survey", NOW, n) for n in range(count)]
    view = home_view([subscription(n, active=n % 3 > 0, reason=HOSTILE[n % 5]) for n in range(count)], editions, words)
    assert view_problems(view) == []
    texts = [block["text"]["text"] for block in view["blocks"] if block["type"] == "section"]
    live = re.compile(r"<(?!#C0123456>|!date\^)")
    assert not [text for text in texts if live.search(text)]
    shown = {button["value"] for button in buttons(view) if "value" in button}
    assert shown == {str(n) for n in range(min(count, 25))}
    if count > 25:
        assert "375" in str(view)


def test_each_subscription_has_its_buttons():
    view = home_view(
        [subscription(1), subscription(2, active=False, editable=False, reason="The channel is archived.")], [], EN
    )
    first, second, new = (
        [button["action_id"] for button in block["elements"]] for block in view["blocks"] if block["type"] == "actions"
    )
    assert first == [ids.PAUSE, ids.EDIT, ids.RUN_NOW, ids.DELETE]
    assert second == [ids.RESUME, ids.RUN_NOW, ids.DELETE]
    assert new == [ids.NEW_TOPIC]
    assert "Paused: The channel is archived." in str(view)
    assert "in <#C0123456>" in str(view)
    assert all("confirm" in button for button in buttons(view) if button["action_id"] == ids.DELETE)
    assert {button["action_id"] for button in buttons(view)} <= set(ids.ACTIONS)


def carousel(view):
    (found,) = (block for block in view["blocks"] if block["type"] == "carousel")
    return found


@both
def test_what_to_read_first_is_shown_as_cards_in_the_readers_language(words):
    made = start_edition()
    view = home_view([], [], words, reading_of(made, SiteUrls("https://papers.example")))
    assert view_problems(view) == []
    check_blocks(view["blocks"], most=100)
    cards = carousel(view)["elements"]
    papers = [made.papers[start.paper - 1] for start in made.start_here]
    assert [card["title"]["text"][:20] for card in cards] == [paper.readable_title[:20] for paper in papers]
    assert [card["body"]["text"] for card in cards] == [words.show(start.reason) for start in made.start_here]
    links = [card["actions"][0] for card in cards]
    assert [link["url"] for link in links] == [SiteUrls("https://papers.example").paper(paper.id) for paper in papers]
    assert {link["text"]["text"] for link in links} == {words.gettext("Open in the archive")}
    assert len({link["action_id"] for link in links}) == len(links)
    assert {link["action_id"] for link in links} <= set(ids.ACTIONS)
    elsewhere = carousel(home_view([], [], words, reading_of(made, SiteUrls())))["elements"]
    assert [card["actions"][0]["url"] for card in elsewhere] == [paper.url for paper in papers]
    assert {card["actions"][0]["text"]["text"] for card in elsewhere} == {words.gettext("Open the paper")}


def test_an_edition_that_names_nothing_to_read_first_has_cards_of_its_first_papers_and_an_empty_one_none():
    assert 1 <= len(carousel(home_view([], [], EN, reading_of(edition(), SiteUrls())))["elements"]) <= 10
    assert reading_of(quiet_edition(), SiteUrls()) is None
    assert reading_of(nothing_edition(), SiteUrls()) is None


def test_a_withdrawn_paper_says_so_on_its_card():
    made = start_edition()
    papers = tuple(replace(paper, status="withdrawn") if paper.number == 4 else paper for paper in made.papers)
    cards = carousel(home_view([], [], EN, reading_of(replace(made, papers=papers), SiteUrls())))["elements"]
    assert ["Withdrawn" in card["body"]["text"] for card in cards] == [False, True, False]


@both
@pytest.mark.parametrize("text", [*HOSTILE, "&<>" * 200, "_" * 400, "word " * 100])
def test_cards_are_inert_and_within_their_limits(words, text):
    made = hostile_edition()
    papers = tuple(replace(paper, title=text, authors=(text,)) for paper in made.papers)
    ten = tuple((paper, text) for paper in (papers * 10)[:10])
    view = home_view([], [], words, HomeReading(replace(made, title=text, papers=papers), ten, SiteUrls()))
    assert view_problems(view) == []
    check_blocks(view["blocks"], most=100)
    cards = carousel(view)["elements"]
    assert len(cards) == 10
    for card in cards:
        for name in ("title", "subtitle", *(["body"] if "body" in card else [])):
            assert card[name]["verbatim"]
            assert not re.search(r"<|https?://|@(channel|here|everyone)", card[name]["text"])


def card(**more):
    text = {"type": "mrkdwn", "text": "A paper"}
    return {"type": "card", "title": text, "subtitle": text, "body": text} | more


def text_of(length, kind="mrkdwn"):
    return {"type": kind, "text": "x" * length}


PRESS = {"type": "button", "action_id": "a", "text": text_of(4, "plain_text")}


@pytest.mark.parametrize(
    "wrong",
    [
        card(title=text_of(151)),
        card(subtitle=text_of(151)),
        card(body=text_of(201)),
        card(title=text_of(0)),
        card(title="a bare string"),
        card(actions=[]),
        card(actions=[PRESS | {"action_id": str(n)} for n in range(4)]),
        card(actions=[PRESS, PRESS]),
        card(actions=[{"type": "overflow", "options": [{"text": text_of(1, "plain_text"), "value": "1"}]}]),
        card(icon={}, slack_icon={}),
        card(text="none"),
        {"type": "card", "subtitle": text_of(3)},
        {"type": "divider"},
        None,
    ],
)
def test_both_validators_refuse_a_card_that_slack_would(wrong):
    """None: a number of cards that no carousel has."""
    for cards in [[wrong], [card(), wrong]] if wrong else [[], [card()] * 11]:
        blocks = [{"type": "carousel", "elements": cards}]
        assert view_problems({"type": "home", "blocks": blocks})
        with pytest.raises(SlackSays):
            check_blocks(blocks, most=100)


def test_cards_are_for_messages_and_the_home_tab():
    blocks = [{"type": "carousel", "elements": [card(title=text_of(150), body=text_of(200), actions=[PRESS])]}, card()]
    check_blocks(blocks)
    check_blocks(blocks, most=100)
    with pytest.raises(SlackSays):
        check_blocks(blocks, most=100, modal=True)
    assert view_problems({"type": "home", "blocks": blocks}) == []
    assert message_problems({"text": "A paper", "blocks": blocks}) == []
    modal = {"type": "modal", "title": {"type": "plain_text", "text": "A form"}, "blocks": blocks}
    assert len(view_problems(modal)) == 2


def test_editions_lead_to_the_archive_where_there_is_one():
    made = [
        HomeEdition("e1", "One", "survey", NOW - timedelta(1), 3, "https://papers.example/e1"),
        HomeEdition("e2", "Two", "digest", NOW, 0),
    ]
    text = str(home_view([], made, EN))
    assert "<https://papers.example/e1|One>" in text
    assert "*Two*" in text
    assert text.count("'download'") == 1


@pytest.mark.parametrize(
    ("cadence", "english", "japanese"),
    [
        ("daily", "every day", "毎日"),
        ("weekdays", "from Monday to Friday", "平日"),
        ("weekly:mon", "every Monday", "毎週月曜日"),
        ("weekly:sun", "every Sunday", "毎週日曜日"),
        ("monthly:7", "on day 7 of every month", "毎月7日"),
        ("monthly:31", "on the last day of every month", "毎月末日"),
        ("hourly", "hourly", "hourly"),
        ("monthly:32", "monthly:32", "monthly:32"),
    ],
)
def test_calendars_in_words(cadence, english, japanese):
    assert EN.show(describe_schedule(cadence, "08:00", "Europe/Berlin")) == f"{english} at 08:00 (Europe/Berlin)"
    assert JA.show(describe_schedule(cadence, "08:00", "Asia/Tokyo")) == f"{japanese}08:00（Asia/Tokyo）"


@both
def test_every_cadence_that_is_offered_has_words(words):
    for cadence in (*offered_cadences(), "monthly:7"):
        assert words.show(describe(cadence)) not in ("", cadence)


def test_cadences_in_the_menu_begin_with_a_capital():
    (menu,) = (block["element"] for block in topic_view(FORM, EN)["blocks"] if block.get("block_id") == "cadence")
    assert [option["text"]["text"] for option in menu["options"]][:3] == [
        "Every day",
        "From Monday to Friday",
        "Every Monday",
    ]


@both
def test_every_phrase_of_the_help_is_understood(words):
    message = help_message(words)
    assert message_problems(message.arguments()) == []
    ask, options, look_up, thread, people, _ = (block["text"]["text"] for block in help_blocks(words))
    (question,) = re.findall("`([^`]+)`", ask)
    assert isinstance(parse_intent(question), NewSurvey)
    for phrase in re.findall("`([^`]+)`", options):
        assert parse_question(f"{question}, {phrase}") != parse_question(f"{question}, "), phrase
        assert parse_question(phrase).options != parse_question("").options, phrase
    *searches, file = re.findall("`([^`]+)`", look_up)
    for phrase in searches:
        assert isinstance(parse_intent(phrase), SearchPapers), phrase
        assert parse_intent(f"{phrase} {file}").form is BIBTEX
    for phrase in re.findall("`([^`]+)`", thread):
        understood = parse_intent(phrase, "of an answer")
        assert phrase == "survey" or type(understood).__name__ != "FollowUpQuestion", phrase
    (asked,) = re.findall("[“「]([^”」]+)[”」]", people)
    assert isinstance(parse_intent(asked, "in a thread"), ThreadSurvey)
    assert parse_intent("ヘルプ") == SmallTalk("help")


def test_titles_of_the_modal_fit():
    for words in (EN, JA):
        for form in (FORM, TopicForm()):
            view = topic_view(form, words)
            for title in ("title", "submit", "close"):
                assert 0 < len(view[title]["text"]) <= 24
                assert not view[title]["text"].endswith("…")


def test_nothing_said_to_everyone_is_live():
    for words in (EN, JA):
        assert not re.search("<[!@#]", str(topic_view(FORM, words)))
    assert LIVE.search("<!channel>")
    assert topic_form.MOST_WORDS == 20
