"""A mailbox of bounces over real sockets and TLS: reports are taken and put away, mails of people stay as they were."""

import ssl

import pytest

from digest.errors import StoreError
from digest.mail.reports.imap_mailbox import MailboxAccess, MailboxError, ReportMailbox
from digest.mail.reports.report_handler import ReportHandler
from store import Store
from tests.digest.mail.test_smtp_tls import certificate
from tests.doubles.imap_server import PASSWORD, USER, ImapServer
from tests.doubles.relays import unheard_port
from tests.doubles.report_mails import report_mail
from tests.factories.reports import LINKS, NOW, SENDER, claim_all, delivery_of, envelope, with_sent_digest
from tests.factories.store import digest
from tests.factories.subscribers import ADA, BEN, states

__all__ = ["certificate"]
LETTER = b"From: Ben <ben@example.org>\r\nTo: bounces@example.org\r\nSubject: Hello\r\n\r\n550 5.1.1 greetings.\r\n"


@pytest.fixture
def store(store: Store) -> Store:
    return with_sent_digest(store)


@pytest.fixture
def server_context(certificate) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context


@pytest.fixture
def trusting(certificate) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=certificate[0])


def mailbox(store, port: int, context=None, **other) -> ReportMailbox:
    values = {"security": "tls", "user": USER, "password": PASSWORD, "context": context} | other
    return ReportMailbox(MailboxAccess("127.0.0.1", port, **values), ReportHandler(store, LINKS, SENDER))


def fill(server: ImapServer, store) -> None:
    server.put(LETTER)
    server.put(report_mail("postfix", envelope(delivery_of(store, ADA).id), ADA))
    server.put(report_mail("out of office", envelope(delivery_of(store, BEN).id), BEN))
    server.put(report_mail("abuse", "bounces+2.0123456789abcdef@example.org", BEN))


def test_reports_are_taken_and_marked_and_the_rest_stays_unread(store, server_context, trusting):
    with ImapServer(server_context) as server:
        fill(server, store)
        box = mailbox(store, server.port, trusting)
        assert box.read(NOW) == 2
        assert (states(store, ADA)["walks"], states(store, BEN)["walks"]) == ("bounced", "active")
        assert ["\\Seen" in mail.flags for mail in server.folders["INBOX"]] == [False, True, True, True]
        server.commands.clear()
        assert box.read(NOW) == 0
        assert not [command for command in server.commands if command.startswith("FETCH")]
        server.put(report_mail("abuse", envelope(delivery_of(store, BEN).id), BEN))
        assert box.read(NOW) == 1
    assert states(store, BEN)["walks"] == "unsubscribed"


@pytest.mark.parametrize("capabilities", ["MOVE UIDPLUS", "UIDPLUS", ""])
def test_reports_go_to_a_folder_where_one_is_named(store, server_context, trusting, capabilities):
    with ImapServer(server_context, capabilities=capabilities) as server:
        fill(server, store)
        box = mailbox(store, server.port, trusting, done_folder="Bounces, read")
        assert box.read(NOW) == 2
        assert box.read(NOW) == 0
        assert len(server.folders["Bounces, read"]) == 3
        left = [mail for mail in server.folders["INBOX"] if "\\Deleted" not in mail.flags]
        assert [mail.data for mail in left] == [LETTER]
        assert (len(server.folders["INBOX"]) == 1) == (capabilities != "")


def test_a_folder_may_have_any_name(store):
    with ImapServer() as server:
        server.put(report_mail("postfix", envelope(1), ADA), "R&APw-ckl&AOQ-ufer &- mehr")
        box = mailbox(store, server.port, security="plain", folder="Rückläufer & mehr", done_folder="台北")
        assert box.read(NOW) == 1
        assert [len(server.folders[name]) for name in ("R&APw-ckl&AOQ-ufer &- mehr", "&U,BTFw-")] == [0, 1]


def test_the_newest_are_looked_at_first(store, monkeypatch):
    monkeypatch.setattr("digest.mail.reports.imap_mailbox._MOST_MAILS", 2)
    with ImapServer() as server:
        for _ in range(5):
            server.put(LETTER)
        server.put(report_mail("postfix", envelope(1), ADA))
        box = mailbox(store, server.port, security="plain")
        assert [box.read(NOW) for _ in range(4)] == [1, 0, 0, 0]
        assert len(box._left) == 5


def test_what_is_larger_than_a_report_is_read_in_part(store, server_context, trusting):
    with ImapServer(server_context) as server:
        server.put(report_mail("postfix", envelope(delivery_of(store, ADA).id), ADA) + b"x" * 3_000_000)
        assert mailbox(store, server.port, trusting).read(NOW) == 1
        server.put(LETTER)
        server.literal = 10**10
        with pytest.raises(MailboxError, match="larger than was asked for"):
            mailbox(store, server.port, trusting).read(NOW)


def test_a_report_that_cannot_be_taken_now_stays_unread(store, server_context, trusting, monkeypatch):
    store.editions.freeze(digest("walks1", day=1), send_at=NOW)
    number = claim_all(store)[0]
    with ImapServer(server_context) as server:
        waiting = server.put(report_mail("postfix", envelope(number), store.deliveries.get(number).address))
        box = mailbox(store, server.port, trusting)
        assert (box.read(NOW), waiting.flags) == (0, set())
        server.put(report_mail("postfix", envelope(delivery_of(store, ADA).id), ADA))

        def refuse(_: int) -> None:
            raise StoreError("The disk is full.")

        with monkeypatch.context() as patch:
            patch.setattr(store.deliveries, "get", refuse)
            with pytest.raises(StoreError):
                box.read(NOW)
        assert not any(mail.flags for mail in server.folders["INBOX"])
        assert box.read(NOW) == 1


def test_over_starttls_and_never_in_plain_text_where_tls_was_wanted(store, server_context, trusting):
    with ImapServer(server_context) as server:
        server.implicit = False
        assert mailbox(store, server.port, trusting, security="starttls").read(NOW) == 0
        asked = [command for command in server.commands if command != "CAPABILITY"]
        assert asked[:2] == ["STARTTLS", "LOGIN"]
    with ImapServer() as server:
        with pytest.raises(MailboxError, match="TLS"):
            mailbox(store, server.port, trusting, security="starttls").read(NOW)
        assert "LOGIN" not in server.commands
        assert mailbox(store, server.port, security="plain").read(NOW) == 0


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ({"password": "wrong word"}, "refused the login: .*wrong password"),
        ({"folder": "Nowhere"}, "no such folder"),
        ({"context": None}, "TLS failed: self-signed certificate"),
    ],
)
def test_what_is_wrong_is_told_in_one_line_without_the_password(store, server_context, trusting, other, told):
    with ImapServer(server_context) as server, pytest.raises(MailboxError, match=told) as raised:
        mailbox(store, server.port, **{"context": trusting} | other).read(NOW)
    assert "word\\" not in str(raised.value)
    assert str(raised.value).isprintable()


@pytest.mark.parametrize("command", ["SEARCH", "FETCH", "STORE", "MOVE", "SELECT"])
def test_a_server_that_refuses_loses_no_report(store, server_context, trusting, command):
    with ImapServer(server_context, refuse=command) as server:
        server.put(report_mail("postfix", envelope(delivery_of(store, ADA).id), ADA))
        with pytest.raises(MailboxError, match="not today"):
            mailbox(store, server.port, trusting, done_folder="Done").read(NOW)
        server.refuse.clear()
        server.folders["INBOX"][0].flags.clear()
        assert mailbox(store, server.port, trusting, done_folder="Done").read(NOW) == 1
    assert states(store, ADA)["walks"] == "bounced"


def test_a_server_that_is_away_is_told(store):
    with unheard_port() as port, pytest.raises(MailboxError, match="Connection refused"):
        mailbox(store, port).read(NOW)
