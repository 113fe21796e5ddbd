"""The mail as it goes over the wire: valid for every edition, the same for the same delivery, headers that survive."""

import email
import email.policy
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from digest.errors import BadInput
from digest.mail.channel import MailChannel
from digest.mail.digest_mail import MAX_HTML_BYTES
from digest.mail.headers import Sender, encode_headers
from digest.mail.message import DigestMail, SharedMail, SharedMailCache
from digest.mail.mime import MailBody
from digest.ports import Outgoing, Receipt
from digest.render.maps.map_png import route_png
from digest.urls import SiteUrls
from store.records.editions import Edition
from tests.doubles.editions import READ_EDITIONS, edition, hostile_edition, partly_failed_edition, quiet_edition
from tests.doubles.pages import Page

BASE = "https://papers.example.org/" + "a" * 123  # 150 letters
TOKEN, PREFERENCES = "0000000017.kX0q3v-vE5cQe7x_2Jp0Yw4B1hA", "0000000017.another-vE5cQe7x_2Jp0Yw4B1h"
FEEDBACK = "0000000017.athird0-vE5cQe7x_2Jp0Yw4B1hA"
SENDER = Sender("Päper Röute <digests@example.org>", "Answers <answers@example.org>", "bounces+{id}@mail.example.org")


def with_titles(*titles: str) -> Edition:
    base = edition(len(titles), kind="digest")
    papers = [replace(paper, title=title) for paper, title in zip(base.papers, titles, strict=True)]
    return replace(base, papers=tuple(papers), title=titles[0])


def crowded() -> Edition:
    base = edition(40, kind="digest")
    authors = tuple(f"Åuthor Nümber {n}" for n in range(2_000))
    return replace(base, papers=tuple(replace(paper, authors=authors) for paper in base.papers))


EDITIONS = {
    "0 papers": quiet_edition(),
    "1 paper": edition(1, kind="digest"),
    "40 papers": edition(40, kind="digest"),
    "300 papers": edition(300, kind="digest"),
    "Japanese": edition(40, kind="digest", language="ja"),
    "LaTeX": with_titles(r"On $\mathcal{O}(n^2)$ and 50% of $\alpha_{ij}$", r"\textbf{Bold} \& $x\leq y$"),
    "long titles": with_titles("A" * 300, "word " * 60),
    "2,000 authors": crowded(),
    "right to left": replace(with_titles("قياس الكلام العربي", "מדידת דיבור בעברית"), language="ar"),
    "script": with_titles("<script>alert(1)</script>", "</style></title><img src=x onerror=alert(1)>"),
    "emoji": with_titles("🧑‍🔬🗣️ Speaking 🎉", "🇯🇵" * 60),
    "hostile": hostile_edition(),
    **READ_EDITIONS,
    "partly failed": partly_failed_edition(),
}


def outgoing(edition: Edition, **fields) -> Outgoing:
    return Outgoing(
        **{"delivery": 17, "edition": edition, "address": "ada@example.org", "token": TOKEN}
        | {"preferences": PREFERENCES, "feedback": FEEDBACK}
        | fields
    )


def write(edition: Edition, base: str = BASE, **fields):
    return DigestMail(SENDER, SiteUrls(base), route_png)(outgoing(edition, **fields))


def parsed(data: bytes):
    return email.message_from_bytes(data, policy=email.policy.SMTP)


@pytest.fixture(scope="module", params=EDITIONS, ids=str)
def letter(request):
    return EDITIONS[request.param], write(EDITIONS[request.param])


def test_it_is_valid_mime_under_the_size(letter):
    edition, made = letter
    message = parsed(made.data)
    assert not [defect for part in message.walk() for defect in part.defects]
    kinds = [part.get_content_type() for part in message.walk()]
    pictured = len(edition.papers) > 1
    related = ["multipart/related", "text/html", "image/png"] if pictured else ["text/html"]
    assert kinds == ["multipart/alternative", "text/plain", *related]
    html = message.get_body(("html",)).get_content()
    assert len(html.encode()) < MAX_HTML_BYTES
    assert len(made.data) < 300_000 + len(edition.papers) * 1_000


def test_each_whole_paper_has_a_link_to_keep_it_in_both_parts():
    made = edition(12, kind="digest")
    message = parsed(write(made).data)
    for kind in ("plain", "html"):
        text = message.get_body((kind,)).get_content()
        shown = [paper.id for paper in made.papers if f"/feedback/{FEEDBACK}/papers/{paper.id}" in text]
        assert len(shown) >= 11
        assert f"/feedback/{FEEDBACK}/editions/{made.id}" in text
    assert "/feedback/" not in parsed(write(made, feedback="").data).get_body(("html",)).get_content()


def test_the_link_to_the_page_carries_the_readers_key_where_no_server_is_sent_it():
    made = edition(12, kind="digest")
    message = parsed(write(made).data)
    for kind in ("plain", "html"):
        text = message.get_body((kind,)).get_content()
        assert f"{BASE}/editions/{made.id}#reader={FEEDBACK}" in text
    assert FEEDBACK not in message["Archived-At"]
    assert "#reader" not in parsed(write(made, feedback="").data).get_body(("html",)).get_content()


def test_what_is_told_as_one_readers_own_is_in_no_other_mail():
    whole = edition(4, kind="digest")
    own = replace(whole, papers=tuple(replace(one, reason="because you kept it") for one in whole.papers))
    compose = DigestMail(SENDER, SiteUrls(BASE), route_png)
    for before in (False, True, False):
        shown = compose(outgoing(own if before else whole, is_personal=before)).data
        text = parsed(shown).get_body(("html",)).get_content()
        assert ("because you kept it" in text) == before


def test_an_edition_is_set_once_however_many_topics_are_sent_in_turn():
    drawn: list[str] = []

    def picture(one: Edition) -> bytes:
        drawn.append(one.id)
        return route_png(one)

    compose = DigestMail(SENDER, SiteUrls(BASE), picture)
    editions = [replace(edition(1, kind="digest"), id=f"topic-{number}") for number in range(30)]
    for reader in range(2):
        for one in editions:
            compose(outgoing(one, address=f"reader{reader}@example.org"))
    assert drawn == [one.id for one in editions]


def test_mails_that_are_kept_set_take_no_more_room_than_they_may():
    kept = SharedMailCache(most_bytes=1_000)
    made: list[str] = []

    def get(key: str, size: int) -> bytes:
        def make() -> SharedMail:
            made.append(key)
            return SharedMail(key.encode(), MailBody("", (b"-" * (size - len(key)),)))

        return kept.get(key, make).head

    assert [get(key, 400) for key in "abacaab"] == [b"a", b"b", b"a", b"c", b"a", b"a", b"b"]
    assert made == ["a", "b", "c", "b"]  # what was used longest ago goes first
    assert get("too large to keep", 1_001) == get("too large to keep", 1_001) == b"too large to keep"
    assert made[4:] == ["too large to keep"] * 2


def test_every_line_is_short_ascii_and_ends_with_crlf(letter):
    _, made = letter
    made.data.decode("ascii")
    assert b"\n" not in made.data.replace(b"\r\n", b"")
    assert b"\r" not in made.data.replace(b"\r\n", b"")
    header, _, text = made.data.partition(b"\r\n\r\n")
    assert max(len(line) for line in text.split(b"\r\n")) <= 76
    whole = re.compile(rb"(?i)list-|archived-at|message-id|references|content-type")
    assert not [line for line in header.split(b"\r\n") if len(line) > 76 and not whole.match(line)]
    assert made.data.endswith(b"\r\n")


def test_encoded_words_are_within_their_limit(letter):
    header = letter[1].data.partition(b"\r\n\r\n")[0]
    assert all(len(word) <= 75 for word in re.findall(rb"=\?[^?]+\?[bqBQ]\?[^?]*\?=", header))


def test_the_headers_read_back_as_they_were_meant(letter):
    edition, made = letter
    message = parsed(made.data)
    from digest.mail.digest_mail import subject

    assert message["Subject"] == subject(edition)
    assert message["From"].addresses[0].display_name == "Päper Röute"
    assert message["From"].addresses[0].addr_spec == "digests@example.org"
    assert message["Reply-To"].addresses[0].addr_spec == "answers@example.org"
    assert message["To"] == "ada@example.org"
    assert message["Date"].datetime == edition.created_at
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Archived-At"] == f"<{BASE}/editions/{edition.id}>"
    names = [name.lower() for name in message.keys()]  # noqa: SIM118 - a message is no mapping
    assert len(names) == len(set(names))


def test_list_unsubscribe_stands_on_one_line_that_is_not_encoded(letter):
    _, made = letter
    mailto = f"mailto:answers@example.org?subject=unsubscribe%20{TOKEN}"
    line = f"\r\nList-Unsubscribe: <{BASE}/unsubscribe/{TOKEN}>, <{mailto}>\r\n"
    assert line.encode() in made.data
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in made.data


def test_the_parts_show_the_recipients_links_whole(letter):
    _, made = letter
    message = parsed(made.data)
    read = Page(message.get_body(("html",)).get_content())
    text = message.get_body(("plain",)).get_content()
    for link in (f"{BASE}/unsubscribe/{TOKEN}", f"{BASE}/preferences/{PREFERENCES}"):
        assert read.links.count(link) == 2  # near the top and at the end
        assert f"  {link}\r\n" in text


def test_the_html_loads_and_runs_nothing(letter):
    _, made = letter
    message = parsed(made.data)
    read = Page(message.get_body(("html",)).get_content())
    pictures = [part["Content-ID"].strip("<>") for part in message.walk() if part.get_content_type() == "image/png"]
    assert [attrs["src"] for tag, attrs in read.elements if tag == "img"] == [f"cid:{cid}" for cid in pictures]
    assert all(attrs["alt"] for tag, attrs in read.elements if tag == "img")
    assert not {"script", "link", "iframe", "object", "form", "input"} & {tag for tag, _ in read.elements}
    assert not [attrs for _, attrs in read.elements if any(name.startswith("on") for name in attrs)]
    assert "url(" not in message.get_body(("html",)).get_content()
    good = ("https://arxiv.org/", "https://papers.example.org/", "https://doi.org/")
    assert all(link.startswith(good) for link in read.links)


def test_language_and_direction_stand_on_html_and_on_the_first_child(letter):
    edition, made = letter
    read = Page(parsed(made.data).get_body(("html",)).get_content())
    at = [tag for tag, _ in read.elements].index("body")
    html, first = read.elements[0][1], read.elements[at + 1][1]
    assert (html["lang"], html["dir"]) == (first["lang"], first["dir"])
    assert html["dir"] == ("rtl" if edition.language == "ar" else "ltr")
    headings = [int(tag[1]) for tag, _ in read.elements if re.fullmatch(r"h\d", tag)]
    assert headings[0] == 1
    assert headings.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(headings))


def test_the_opening_is_the_first_thing_said():
    digest = edition(12, kind="digest")
    message = parsed(write(digest).data)
    shown = Page(message.get_body(("html",)).get_content()).text
    assert shown.startswith(digest.opening[:40])
    assert shown.index(digest.title) < shown.index("Read on the web")
    assert message.get_body(("plain",)).get_content().startswith(digest.opening[:40])


def test_the_same_delivery_gives_the_same_bytes():
    digest = edition(12, kind="digest")
    assert write(digest) == write(digest)
    shared = DigestMail(SENDER, SiteUrls(BASE), route_png)
    first, other = (
        shared(outgoing(digest)),
        shared(outgoing(digest, delivery=18, address="bob@example.org", token="other")),
    )
    assert shared(outgoing(digest)) == first == write(digest)
    assert other.message_id != first.message_id
    assert TOKEN.encode() not in other.data
    assert PREFERENCES.encode() in other.data.replace(b"=\r\n", b"")
    assert parsed(other.data)["To"] == "bob@example.org"


def test_a_token_of_any_length_keeps_the_body_what_it_is():
    digest = edition(3, kind="digest")
    for length in range(1, 130):
        token = "x" * length
        message = parsed(write(digest, token=token, preferences=token[::-1]).data)
        text = message.get_body(("plain",)).get_content()
        assert f"  {BASE}/unsubscribe/{token}\r\n" in text
        assert max(map(len, write(digest, token=token).data.partition(b"\r\n\r\n")[2].split(b"\r\n"))) <= 76


def test_a_link_that_is_not_signed_is_not_there():
    made = write(edition(3, kind="digest"), preferences="")
    read = Page(parsed(made.data).get_body(("html",)).get_content())
    assert not [link for link in read.links if "/preferences/" in link]
    assert len([link for link in read.links if link == f"{BASE}/unsubscribe/{TOKEN}"]) == 2


def test_without_a_web_one_unsubscribes_by_mail():
    made = write(edition(3, kind="digest"), base="")
    message = parsed(made.data)
    mailto = f"mailto:answers@example.org?subject=unsubscribe%20{TOKEN}"
    assert message["List-Unsubscribe"] == f"<{mailto}>"
    assert message["List-Unsubscribe-Post"] is None
    assert message["Archived-At"] is None
    read = Page(message.get_body(("html",)).get_content())
    assert [link for link in read.links if not link.startswith("https://arxiv.org/")] == [mailto, mailto]


def test_mails_of_a_topic_make_a_thread():
    earlier = tuple(f"<{n}.abc@example.org>" for n in range(40))
    message = parsed(write(edition(1, kind="digest"), previous=(*earlier, "no id\r\nBcc: eve@example.org")).data)
    references = message["References"].split()
    assert (references[0], references[-1], len(references)) == (earlier[0], earlier[-1], 10)
    assert message["In-Reply-To"] == earlier[-1]
    assert message["Bcc"] is None


def test_the_envelope_names_the_delivery_by_its_signed_id():
    digest = edition(1, kind="digest")
    assert write(digest, bounce="17.0123456789abcdef").sender == "bounces+17.0123456789abcdef@mail.example.org"
    assert DigestMail(Sender("a@example.org"), SiteUrls())(outgoing(digest)).sender == "a@example.org"


@pytest.mark.parametrize(
    "address",
    [
        "ada@example.org\r\nBcc: eve@example.org",
        "ada@example.org\n",
        "ada@example.org\x00",
        "ada@example.org, eve@example.org",
        "Ada <ada@example.org>",
        "ada@example.org> SIZE=1",
        "@example.org",
        "ada",
        "",
        "a" * 65 + "@example.org",
        "å\u202eä@example.org",
        "ada@" + "x" * 300 + ".org",
        "ada@\u2028example.org",
    ],
)
def test_an_address_that_would_say_more_is_refused(address):
    class NoLane:
        def post(self, letter, begin):
            raise AssertionError("it must not go out")

        def close(self): ...

    channel = MailChannel(NoLane(), DigestMail(SENDER, SiteUrls(BASE)))
    receipt = channel.send(outgoing(edition(1, kind="digest"), address=address))
    assert (receipt.state, receipt.blames) == ("failed", "content")
    assert receipt.detail.isprintable()


def test_a_domain_beyond_ascii_is_written_in_its_ascii_form():
    assert write(edition(1, kind="digest"), address="ada@bücher.example").recipient == "ada@xn--bcher-kva.example"


@pytest.mark.parametrize("name", ["Subject", "From", "List-Id", "To", "X-Any"])
@pytest.mark.parametrize("value", ["a\r\nBcc: x@example.org", "a\nb", "a\rb", "a\x00b"])
def test_no_header_takes_an_end_of_line(name, value):
    with pytest.raises(BadInput):
        encode_headers({name: value})


def test_an_address_of_the_web_that_is_too_long_is_said_so():
    with pytest.raises(BadInput, match=r"web\.base_url"):
        write(edition(1, kind="digest"), base="https://" + "x" * 1_000)


def test_a_channel_hands_over_what_was_written():
    letters = []

    class Transport:
        def post(self, letter, begin):
            letters.append(letter)
            return Receipt("sent", "250 ok", message_id=letter.message_id)

        def close(self): ...

    digest = edition(2, kind="digest")
    receipt = MailChannel(Transport(), DigestMail(SENDER, SiteUrls(BASE), route_png)).send(outgoing(digest))
    assert letters == [write(digest)]
    assert receipt.message_id == letters[0].message_id


def test_the_date_does_not_move_with_the_clock():
    digest = replace(edition(1, kind="digest"), created_at=datetime(2026, 3, 1, 8, tzinfo=UTC) - timedelta(days=2))
    assert b"\r\nDate: Fri, 27 Feb 2026 08:00:00 +0000\r\n" in write(digest).data


WORDS = (
    "11 new papers on speech LoRA: Distillation, “quotes” größer 日本語 x a-very-long-word-that-ends-1234567890".split()
)


@pytest.mark.parametrize("words", range(1, 13))
@pytest.mark.parametrize("start", range(len(WORDS)))
def test_the_first_word_of_a_header_is_on_its_first_line(start: int, words: int) -> None:
    value = " ".join((WORDS[start:] + WORDS[:start] + WORDS)[:words])
    raw = encode_headers({"Subject": value})
    lines = raw.decode("ascii").removesuffix("\r\n").split("\r\n")
    assert re.match(r"Subject: \S", lines[0])
    assert all(line[0] == " " and line.strip() for line in lines[1:])
    assert max(map(len, lines)) <= 76
    assert email.message_from_bytes(raw, policy=email.policy.default)["Subject"] == value


def test_a_word_that_no_line_holds_is_on_the_first() -> None:
    raw = encode_headers({"Subject": f"{'w' * 72} and more"})
    assert raw == f"Subject: {'w' * 72}\r\n and more\r\n".encode()


def test_so_is_a_long_name_of_the_sender() -> None:
    raw = encode_headers({"From": Sender(f'"{"name " * 14}." <a@example.org>').address})
    assert raw.startswith(b'From: "name name')
    read = email.message_from_bytes(raw, policy=email.policy.default)["From"].addresses[0]
    assert (read.display_name, read.addr_spec) == (f"{'name ' * 14}.", "a@example.org")
