"""One spelling for each address, one line for what is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import BadInput
from digest.subscriptions.addresses import (
    parse_mail_address,
    quote_text,
    to_ascii_address,
    to_envelope_address,
    to_readable_domain,
)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Ada@Example.ORG", "ada@example.org"),
        ("  ada@example.org\n", "ada@example.org"),
        ("ada@Bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@Bu\u0308cher.example", "ada@xn--bcher-kva.example"),
        ("ada@XN--BCHER-KVA.example", "ada@xn--bcher-kva.example"),
        ("ada+arxiv@example.org", "ada+arxiv@example.org"),
        ("o'brien@example.org", "o'brien@example.org"),
        ("Jürgen@Bücher.example", "jürgen@xn--bcher-kva.example"),
        ("Ju\u0308rgen@example.org", "jürgen@example.org"),
        ("АДА@example.org", "ада@example.org"),
        ("用户@例子.广告", "用户@xn--fsqu00a.xn--4rr70v"),
    ],
)
def test_spellings_of_one_mailbox_come_out_the_same(written, kept):
    assert parse_mail_address(written) == kept
    assert parse_mail_address(kept) == kept


@pytest.mark.parametrize(
    "written",
    [
        *("", "@", "ada", "ada@", "@example.org", "ada@localhost", "ada@example", "ada@[127.0.0.1]"),
        *("ada@example.org\nBcc: eve@example.org", "ada@example.org\r\n\r\nbody", "ada\x00@example.org"),
        *("Ada <ada@example.org>", "ada@example.org, eve@example.org", '"a b"@example.org', "\u0301@example.org"),
        *("a\u202eb@example.org", "a\u200bb@example.org", "ä" * 33 + "@example.org"),
        *("a" * 65 + "@example.org", "ada@" + "e" * 64 + ".org", "a" * 10_000_000, "ada@\u202eexample.org"),
    ],
)
def test_what_is_no_address_is_refused_in_one_short_line(written):
    with pytest.raises(BadInput) as caught:
        parse_mail_address(written)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 400


@given(st.text(max_size=300) | st.emails() | st.text(max_size=20).map(lambda text: f"{text}@example.org"))
def test_what_is_taken_can_stand_anywhere(written):
    try:
        kept = parse_mail_address(written)
    except BadInput:
        return
    assert kept.rpartition("@")[2].isascii()
    assert kept.isprintable()
    assert kept.split() == [kept]
    assert len(kept.encode()) <= 254
    assert kept == kept.lower() == parse_mail_address(kept)


def test_our_own_sender_may_live_on_a_host_that_only_the_relay_knows():
    for own in ("paperroute@localhost", "Paper.Route@mail.local", "bounces+1@[127.0.0.1]"):
        assert to_ascii_address(own) == own
        with pytest.raises(BadInput):
            parse_mail_address(own)
    assert to_ascii_address("Ada@Bücher.example") == "Ada@xn--bcher-kva.example"


def test_an_international_domain_is_shown_in_its_letters():
    assert to_readable_domain("xn--mnchen-3ya.de") == "münchen.de"
    for other in ("example.org", "xn--\u202e", "xn--a" * 60, ""):
        assert to_readable_domain(other) == other


@given(st.text(alphabet="aä@.-[]<>,;: \n\u202e", max_size=40))
def test_what_stands_in_an_envelope_is_ascii_and_one_word(written):
    try:
        address = to_ascii_address(written)
    except BadInput:
        return
    assert address.isascii()
    assert address.split() == [address]


@given(st.text(alphabet="aä@.-[]<>,;: \n\u202e\u3000", max_size=40))
def test_a_recipient_in_an_envelope_is_one_word_with_an_ascii_domain(written):
    try:
        address = to_envelope_address(written)
    except BadInput:
        return
    assert address.rpartition("@")[2].isascii()
    assert address.isprintable()
    assert address.split() == [address]


def test_what_is_quoted_is_inert_and_short():
    assert quote_text("a\r\n\x1b[31mb\u202e") == "“a   [31mb ”"
    assert len(quote_text("x" * 1000)) == 62
