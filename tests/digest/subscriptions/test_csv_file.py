"""Subscriptions as CSV: good rows in, bad rows told by line, no formulas out, nobody back who had left."""

from __future__ import annotations

import codecs
import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation_id import SLACK_ADDRESSES
from digest.errors import BadInput
from digest.subscriptions import actions, csv_file, lookup
from digest.subscriptions.addresses import MAIL_ADDRESSES
from digest.subscriptions.csv_file import COLUMNS, RejectedRow, import_rows, read, write
from digest.subscriptions.csv_records import decode
from digest.subscriptions.lookup import ConfirmLimits
from store.records.deliveries import Subscription
from tests.factories.store import NOON
from tests.factories.subscribers import ADA, BEN, letters, states, with_topics

RULES = (MAIL_ADDRESSES, SLACK_ADDRESSES)


@pytest.fixture
def shop(store):
    return with_topics(store)


def take(store, text, topic=""):
    return import_rows(store, read(text, RULES, topic), NOON)


BROKEN = """topic,address,state
speech,ada@example.org,
nope,ben@example.org,
speech,no-address,
speech,"unclosed@example.org,

speech,three@example.org
speech,four@example.org,,more
speech,odd@example.org,happy
speech,x@example.org\tBcc: y@example.org,
lora,Ada@Example.org,active
speech,last@example.org,paused
"""


def test_good_rows_are_taken_and_bad_ones_told_by_their_line(shop):
    done = take(shop, BROKEN)
    assert [bad.line for bad in done.bad] == [3, 4, 5, 7, 8, 9, 10]
    assert all(bad.reason.isprintable() for bad in done.bad)
    assert (done.added, done.changed, done.unchanged) == (3, 0, 0)
    assert states(shop, ADA) == {"speech": "active", "lora": "active"}
    assert states(shop, "last@example.org") == {"speech": "paused"}
    assert letters(shop) == []


def test_taking_it_again_changes_nothing(shop):
    take(shop, BROKEN)
    before = shop.subscriptions.list()
    assert (take(shop, BROKEN).added, shop.subscriptions.list()) == (0, before)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [",", ";"])
def test_files_as_spreadsheets_write_them(shop, newline, mark):
    text = "\ufeff" + newline.join([f"Address{mark}Topic", f"ada@example.org{mark}speech", ""])
    assert take(shop, text).added == 1


@pytest.mark.parametrize(
    "text",
    [
        "topic\taddress\nspeech\tada@example.org\n",
        "sep=;\ntopic;address\nspeech;ada@example.org\n",
        'sep=\t\r\ntopic\taddress\tstate\r\nspeech\t"ada@example.org"\t\r\n',
        "SEP=,,\rAddress,Topic,,\rada@example.org,speech,,\r,,,\r",
        "\n\ntopic,email\n\nspeech,Ada Lovelace <Ada@Example.org>\n\n",
        'topic;E-Mail\nspeech;"Lovelace; Ada <ada@example.org>"\n',
        "First name;Last name;E-mail;Topic\nAda;Lovelace;ada@example.org;speech\n",
        'Mail;topic;reason\nada@example.org;speech;"first\nsecond ""line"""\n',
        'topic,reason,address\nspeech,"a\r\nb,c\r\n",<ada@example.org>\n',
        "Vorname;Nachname;E-Mail-Adresse;topic\nAda;Lovelace;ada@example.org;speech\n",
        'topic,email\nspeech,"Lovelace, Ada" <ada@example.org>\n',
    ],
)
def test_files_as_others_write_them(shop, text):
    assert take(shop, text).bad == ()
    assert states(shop, ADA) == {"speech": "active"}
    assert take(shop, text).unchanged == 1


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_a_list_of_addresses_needs_a_topic_and_no_names_of_columns(shop, mark):
    text = (
        f"ada@example.org\nBen Byron <ben@example.org>\nCleo{mark}cleo@example.org\nno address\na@b.org{mark}c@d.org\n"
    )
    done = take(shop, text, "lora")
    assert [(bad.line, bad.reason) for bad in done.bad] == [
        (4, "it holds no address, and not one"),
        (5, "it holds 2 addresses, and not one"),
    ]
    assert done.added == 3
    with pytest.raises(BadInput, match="no column"):
        take(shop, text)


def test_a_record_of_several_lines_spoils_no_other_and_is_told_by_its_first(shop):
    rows = 'speech,x,"a\nb\nc"\nspeech,"never closed,\nspeech,ada@example.org,"d\ne"\nnope,ben@example.org,\n'
    text = f"topic,address,reason\n{rows}"
    done = take(shop, text)
    assert [bad.line for bad in done.bad] == [2, 5, 8]
    assert states(shop, ADA) == {"speech": "active"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_encodings(encoding):
    text = "topic,address\nspeech,ada@bücher.example\n"
    assert decode(text.encode(encoding)) == text
    assert decode(codecs.BOM_UTF16_BE + text.encode("utf-16-be")) == text


@pytest.mark.parametrize(
    ("data", "words"),
    [(b"topic\nx\nM\xfcller", r"not UTF-8 \(line 3\)"), (b"\xff\xfea\0\n\0b", r"not UTF-16 \(line 2\)")],
)
def test_another_encoding_is_told_by_its_line(data, words):
    with pytest.raises(BadInput, match=words):
        decode(data)


@pytest.mark.parametrize(
    ("first", "words"),
    [
        ("topic,adress", "unknown column “adress”"),
        ("topic", "no column address"),
        ("address", "no column topic"),
        ("", "no column address"),
        ("topic,topic,address", "twice"),
        ('topic,"address', "cannot be read"),
    ],
)
def test_a_first_line_that_does_not_fit_stops_it_all(shop, first, words):
    with pytest.raises(BadInput, match=words):
        take(shop, f"{first}\nspeech,ada@example.org\n")
    assert shop.subscriptions.counts() == {}


def test_the_caller_may_name_the_topic(shop):
    take(shop, "address\nada@example.org\n", "lora")
    assert states(shop, ADA) == {"lora": "active"}


@pytest.mark.parametrize("state", ["paused", "unsubscribed", "bounced"])
def test_nobody_comes_back_by_a_file(shop, state):
    take(shop, f"topic,address,state\nspeech,{ADA},{state}\n")
    done = take(shop, f"topic,address\nspeech,{ADA}\n")
    assert (done.unchanged, states(shop, ADA)) == (1, {"speech": state})


def test_a_file_brings_to_rest_and_confirms_what_waits(shop):
    shop.subscriptions.add("speech", "mail", ADA, "pending", NOON)
    take(shop, f"topic,address\nspeech,{ADA}\nspeech,{BEN}\n")
    assert states(shop, ADA) == {"speech": "active"}
    assert take(shop, f"topic,address,state,reason\nspeech,{BEN},bounced,550\n").changed == 1
    assert shop.subscriptions.of_address("mail", BEN)[0].reason == "550"
    assert take(shop, f"topic,address,state\nspeech,{BEN},unsubscribed\n").changed == 1
    assert take(shop, "topic,address,state\nspeech,new@example.org,pending\n").pending == 1
    assert states(shop, "new@example.org") == {}


def test_a_file_sets_the_length_of_digests_and_leaves_it_where_it_names_none(shop):
    assert take(shop, f"topic,address,length\nspeech,{ADA},short\n").added == 1
    assert take(shop, f"topic,address,length\nspeech,{ADA},full\n").changed == 1
    assert take(shop, f"topic,address\nspeech,{ADA}\n").unchanged == 1
    assert shop.subscriptions.of_address("mail", ADA)[0].length == "full"
    assert len(take(shop, f"topic,address,length\nspeech,{ADA},huge\n").bad) == 1


def test_a_file_says_whether_digests_share_a_mail(shop):
    assert take(shop, f"topic,address,one_mail\nspeech,{ADA},yes\nlora,{ADA},\n").added == 2
    assert {s.topic: s.one_mail for s in shop.subscriptions.of_address("mail", ADA)} == {"speech": "yes", "lora": ""}
    assert take(shop, f"topic,address\nspeech,{ADA}\n").unchanged == 1
    assert take(shop, f"topic,address,one_mail\nspeech,{ADA},no\n").changed == 1
    assert len(take(shop, f"topic,address,one_mail\nspeech,{ADA},perhaps\n").bad) == 1


def test_an_imported_leaver_stays_one_whatever_strangers_ask(shop):
    take(shop, f"topic,address,state\nspeech,{ADA},unsubscribed\n")
    limits = ConfirmLimits()
    actions.subscribe(shop, ADA, ["speech"], NOON, limits)
    actions.expire_pending(shop, NOON + limits.pending * 2, limits)
    assert states(shop, ADA) == {"speech": "unsubscribed"}


def test_what_goes_out_comes_in_the_same(shop, tmp_path):
    take(shop, BROKEN + "speech,=sum@example.org,bounced\nspeech,'+x@example.org,\nspeech,-y@example.org,\n")
    actions.subscribe_confirmed(shop, SLACK_ADDRESSES, "C024BE91L", ["speech"], NOON)
    actions.mark_bounced(shop, ADA, NOON, '=HYPERLINK("http://x"), "quoted", 550')
    actions.change_length(shop, {shop.subscriptions.list()[0]: "short"})
    actions.change_one_mail(shop, shop.subscriptions.list()[:1], "yes")
    out = write(shop.subscriptions.list())
    assert tuple(next(csv.reader(io.StringIO(out)))) == COLUMNS

    def kept(store):
        those = store.subscriptions.list()
        return {(s.topic, s.channel, s.address, s.state, s.reason, s.length, s.one_mail) for s in those}

    before = kept(shop)
    for subscription in shop.subscriptions.list():
        shop.subscriptions.erase(subscription.channel, subscription.address)
    assert take(shop, out).bad == ()
    assert kept(shop) == before


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_cell_is_a_formula_and_every_record_is_one_line(reason, owner):
    subscription = Subscription(1, "speech", "mail", "=a@example.org", "bounced", NOON, owner=owner, reason=reason)
    out = write([subscription])
    (_, cells) = list(csv.reader(io.StringIO(out)))
    assert not [cell for cell in cells if cell[:1] in ("=", "+", "-", "@", "\t", "\r")]
    rows = list(read(out, RULES))
    assert len(rows) == 1
    assert isinstance(rows[0], RejectedRow) or rows[0].address == "=a@example.org"


@given(st.text(max_size=400))
def test_no_text_whatever_breaks_the_reading(text):
    for row in read("topic,address\n" + text, RULES):
        assert row.line >= 2


def test_many_rows_are_taken_in_parts_and_a_cut_import_goes_on(shop):
    text = "topic,address\n" + "".join(f"speech,a{n}@example.org\n" for n in range(csv_file._ROWS_PER_TRANSACTION + 20))
    rows = read(text, RULES)

    def cut():
        for count, row in enumerate(rows):
            if count == csv_file._ROWS_PER_TRANSACTION + 5:
                raise KeyboardInterrupt
            yield row

    with pytest.raises(KeyboardInterrupt):
        import_rows(shop, cut(), NOON)
    assert shop.subscriptions.counts() == {"active": csv_file._ROWS_PER_TRANSACTION}
    assert take(shop, text).added == 20


def test_everything_about_an_address_is_shown_and_then_gone(shop):
    actions.subscribe(shop, ADA, ["speech", "lora"], NOON, ConfirmLimits())
    actions.subscribe_confirmed(shop, MAIL_ADDRESSES, BEN, ["speech"], NOON)
    shown = json.loads(json.dumps(lookup.export(shop, MAIL_ADDRESSES, "ADA@Example.org")))
    assert (shown["schema"], shown["address"]) == (lookup.SCHEMA, ADA)
    assert [subscription["topic"] for subscription in shown["subscriptions"]] == ["speech", "lora"]
    assert [delivery["kind"] for delivery in shown["deliveries"]] == ["confirm"]
    assert lookup.erase(shop, MAIL_ADDRESSES, "Ada@example.org") == {"subscriptions": 2, "feedback": 0}
    empty = lookup.export(shop, MAIL_ADDRESSES, ADA)
    assert (empty["subscriptions"], empty["deliveries"]) == ([], [])
    assert not any(lookup.erase(shop, MAIL_ADDRESSES, ADA).values())
    assert states(shop, BEN) == {"speech": "active"}


def test_what_was_erased_is_not_in_a_copy_of_the_file(shop, tmp_path):
    actions.subscribe_confirmed(shop, MAIL_ADDRESSES, "unmistakable@example.org", ["speech"], NOON)
    lookup.erase(shop, MAIL_ADDRESSES, "unmistakable@example.org")
    shop.backup(tmp_path / "copy.db")
    assert b"unmistakable" not in (tmp_path / "copy.db").read_bytes()
