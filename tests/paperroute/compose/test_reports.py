"""What reads reports, composed of configuration and environment: off until it is set up, one line for what is wrong."""

import pytest

from digest.errors import ConfigError
from digest.mail.reports.mailbox_part import MailboxPart
from paperroute.compose import reports
from paperroute.compose.app import open_app
from paperroute.config.load import load
from tests.doubles.imap_server import PASSWORD, USER, ImapServer
from tests.doubles.relays import unheard_port
from tests.doubles.report_mails import report_mail

IMAP, POSTMARK, MAILGUN = (f"PAPERROUTE_MAIL__{name}" for name in ("IMAP_URL", "POSTMARK_SECRET", "MAILGUN_KEY"))
LONG = "0123456789abcdef"


@pytest.fixture
def opened(tmp_path):
    def open_(text: str = "", **environment: str):
        (tmp_path / "config.toml").write_text(f'[store]\npath = "p.db"\n{text}')
        return open_app(load(tmp_path / "config.toml", environment), environment)

    return open_


def test_nothing_is_on_by_itself(opened):
    with opened() as app:
        assert (reports.make_webhooks(app), reports.make_mailbox(app)) == ({}, None)


def test_each_way_is_on_by_its_secret(opened, tmp_path):
    (tmp_path / "key").write_text(LONG)
    topic = '[reports]\nses_topic = "arn:aws:sns:eu-west-1:123456789012:mail"\n'
    with opened(topic, **{POSTMARK: LONG, f"{MAILGUN}_FILE": str(tmp_path / "key")}) as app:
        assert sorted(reports.make_webhooks(app)) == ["mailgun", "postmark", "ses"]


@pytest.mark.parametrize("name", [POSTMARK, MAILGUN])
def test_a_secret_that_can_be_guessed_is_refused(opened, name):
    with opened(**{name: "short"}) as app, pytest.raises(ConfigError, match=f"{name} is too short"):
        reports.make_webhooks(app)


@pytest.mark.parametrize("line", ['ses_topic = "mail"', 'folder = ""', "minutes = 0", 'topic = "x"'])
def test_a_wrong_key_is_told(opened, line):
    with pytest.raises(ConfigError, match="reports"):
        opened(f"[reports]\n{line}\n")


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https://u:secretword@h", "begin with"),
        ("imaps://u:secretword@h:port", "host or port"),
        ("imaps://h", "no user and password"),
        ("imaps://u:secretword@h/INBOX", "reports.folder"),
        ("imaps://u:secret%0Aword@h", "no user and password"),
    ],
)
def test_an_address_that_is_none_is_told_without_its_password(opened, url, told):
    with opened(**{IMAP: url}) as app, pytest.raises(ConfigError, match=told) as raised:
        reports.make_mailbox(app)
    assert "secret" not in str(raised.value)


def test_the_mailbox_is_read_as_a_part_of_the_service(opened):
    user, password = USER.replace("@", "%40"), "s3cret%20%22word%5C"
    with ImapServer() as server, opened(**{IMAP: f"imap://{user}:{password}@127.0.0.1:{server.port}"}) as app:
        mail = server.put(report_mail("postfix", "bounces+1.0123456789abcdef@example.org", "ada@example.org"))
        part = MailboxPart(reports.make_mailbox(app), app.store, 0.001)
        assert str(part.state().detail) == "not read yet"
        part.start()
        while "reports taken" not in str(part.state().detail):
            part._ended.wait(0.01)
        assert part.stop(60)
        assert "\\Seen" in mail.flags
        assert PASSWORD not in repr(part.__dict__["_mailbox"].__dict__)
    assert part.state().state == "ok"


def test_a_mailbox_that_is_away_is_a_trouble_only_after_a_while(opened):
    with unheard_port() as port, opened(**{IMAP: f"imap://u:p@127.0.0.1:{port}"}) as app:
        part = MailboxPart(reports.make_mailbox(app), app.store, 60)
        states = []
        for _ in range(3):
            part._read()
            states.append(part.state().state)
    assert states == ["warn", "warn", "fail"]
    assert "Connection refused" in str(part.state().detail)


def test_a_login_that_is_refused_is_one_at_once(opened):
    with ImapServer() as server, opened(**{IMAP: f"imap://u:wrongword@127.0.0.1:{server.port}"}) as app:
        part = MailboxPart(reports.make_mailbox(app), app.store, 60)
        part._read()
    assert part.state().state == "fail"
    assert "wrongword" not in str(part.state().detail)
