"""Webhooks of SES, Postmark and Mailgun: only what is proved is read, and it ends in the one policy."""

import base64
import hashlib
import hmac
import json
import time

import pytest

from digest.mail.reports.mailgun import MailgunWebhook
from digest.mail.reports.postmark import PostmarkWebhook
from digest.mail.reports.report_handler import ReportHandler
from digest.mail.reports.ses import SesWebhook
from digest.mail.reports.sns_signature import SnsSignatures
from digest.mail.reports.webhook_receiver import WebhookReceiver
from store import Store
from store.errors import StoreBusy
from tests.doubles.sns import CERTIFICATE_URL, CONFIRM_URL, TOPIC, Sns, bounce, complaint
from tests.factories.reports import LINKS, SENDER, delivery_of, envelope, send_digest, with_sent_digest
from tests.factories.subscribers import ADA, BEN, letters, states

UNSAID = {"status": "", "diagnosticCode": ""}
SECRET = "a secret of the operator"


@pytest.fixture
def store(store: Store) -> Store:
    return with_sent_digest(store)


@pytest.fixture(scope="module")
def sns() -> Sns:
    return Sns()


def receiver(store, webhook) -> WebhookReceiver:
    return WebhookReceiver("test", webhook, ReportHandler(store, LINKS, SENDER))


def ses(store, sns) -> WebhookReceiver:
    sns.asked.clear()
    return receiver(store, SesWebhook(TOPIC, sns.fetch))


@pytest.mark.parametrize("version", ["1", "2"])
def test_ses_tells_of_a_dead_address(store, sns, version):
    post = ses(store, sns)
    source = envelope(delivery_of(store, ADA).id)
    assert post({}, sns.message(bounce(ADA, source), version=version)) == 200
    assert states(store, ADA) == {"walks": "bounced", "speech": "active"}
    assert post({}, sns.message(bounce(ADA, source))) == 200  # it comes twice
    assert sns.asked == [CERTIFICATE_URL]


def test_ses_tells_of_a_mail_by_its_own_id_where_the_envelope_is_not_ours(store, sns):
    send_digest(store, 1, detail="250 Ok 0102018f-1a2b-3c")
    send_digest(store, 2)
    assert ses(store, sns)({}, sns.message(bounce(ADA))) == 200
    came_back = {day: delivery_of(store, ADA, day).state for day in (0, 1, 2)}
    assert came_back == {0: "sent", 1: "failed", 2: "sent"}


@pytest.mark.parametrize("kind", ["abuse", "other", None])
def test_ses_tells_of_a_complaint(store, sns, kind):
    assert ses(store, sns)({}, sns.message(complaint(ADA, envelope(delivery_of(store, ADA).id), kind))) == 200
    assert states(store, ADA) == {"walks": "unsubscribed", "speech": "unsubscribed"}
    assert letters(store) == []


@pytest.mark.parametrize(
    ("message", "state"),
    [
        (bounce(ADA, recipient={"diagnosticCode": "smtp; 554 5.7.1 blocked using zen.example.org"}), "active"),
        (bounce(ADA, bounceType="Transient", bounceSubType="MailboxFull", recipient=UNSAID), "active"),
        (bounce(ADA, bounceType="Transient", bounceSubType="General", recipient=UNSAID), "active"),
        (bounce(ADA, bounceType="Undetermined", recipient=UNSAID), "active"),
        (bounce(ADA, bounceSubType="Suppressed", recipient=UNSAID), "bounced"),
        (bounce(ADA, bounceSubType="NoEmail", recipient=UNSAID), "bounced"),
        (complaint(ADA, kind="not-spam"), "active"),
        (complaint(ADA, kind="auth-failure"), "active"),
        ({"notificationType": "Delivery", "mail": {}, "delivery": {"recipients": [ADA]}}, "active"),
        ({"eventType": "Open", "mail": {}, "open": {}}, "active"),
        ("Successfully validated SNS topic for Amazon SES event publishing.", "active"),
        ({}, "active"),
    ],
)  # fmt: skip
def test_what_ses_says_is_judged_like_a_reply(store, sns, message, state):
    assert ses(store, sns)({}, sns.message(message)) == 200
    assert states(store, ADA)["walks"] == state


def test_a_subscription_is_confirmed_only_for_our_topic_at_amazon(store, sns):
    post = ses(store, sns)
    assert post({}, sns.message("confirm", "SubscriptionConfirmation", SubscribeURL=CONFIRM_URL, Token="t")) == 200
    assert sns.asked == [CERTIFICATE_URL, CONFIRM_URL]
    for url in (
        "https://evil.example/?Action=ConfirmSubscription",
        CONFIRM_URL.replace("amazonaws.com", "amazonaws.com.evil.example"),
        CONFIRM_URL.replace("https", "http"),
        CONFIRM_URL.replace(":mail", ":another"),
        CONFIRM_URL.replace("ConfirmSubscription", "DeleteTopic"),
        CONFIRM_URL.replace("sns.", "sns.evil@evil.example/sns."),
        "file:///etc/passwd",
    ):
        assert post({}, sns.message("confirm", "SubscriptionConfirmation", SubscribeURL=url, Token="t")) == 403
    assert len(sns.asked) == 2


@pytest.mark.parametrize(
    "url",
    [
        "http://sns.eu-west-1.amazonaws.com/a.pem",
        "https://evil.example/a.pem",
        "https://sns.eu-west-1.amazonaws.com.evil.example/a.pem",
        "https://evil.example/sns.eu-west-1.amazonaws.com/a.pem",
        "https://s3.amazonaws.com/bucket/a.pem",
        "https://sns.evil.s3.amazonaws.com/a.pem",
        "https://sns.eu-west-1.amazonaws.com@evil.example/a.pem",
        "https://sns.eu-west-1.amazonaws.com:8443/a.pem",
        "https://sns.eu-west-1.amazonaws.com/a.pem?x=1#/b",
        "https://sns.eu-west-1.amazonaws.com/../a.txt",
        "https://[::1/a.pem",
        "",
        None,
        17,
    ],
)
def test_a_certificate_of_anybody_elses_is_not_even_fetched(store, sns, url):
    post = ses(store, sns)
    assert post({}, sns.message(bounce(ADA), SigningCertURL=url)) == 403
    assert (sns.asked, states(store, ADA)["walks"]) == ([], "active")


def test_what_is_not_signed_by_amazon_does_nothing(store, sns):
    good = json.loads(sns.message(bounce(ADA)))
    other = Sns()
    for wrong in (
        good | {"Signature": "AAAA"},
        good | {"Signature": "not base64 at all!"},
        good | {"Signature": None},
        good | {"Message": json.dumps(bounce(BEN))},
        good | {"Subject": "added"},
        good | {"SignatureVersion": "3"},
        good | {"Type": "SubscriptionConfirmation"},
        {name: value for name, value in good.items() if name != "SigningCertURL"},
        json.loads(other.message(bounce(ADA))),
        good | {"TopicArn": TOPIC + "x"},
        json.loads(sns.message(bounce(ADA), TopicArn="arn:aws:sns:eu-west-1:666666666666:mail")),
        {"notificationType": "Bounce"},
    ):
        assert ses(store, sns)({}, json.dumps(wrong).encode()) == 403
    for body in (b"", b"[]", b"\xff", b"[" * 100_000, b'{"a": ' * 50_000, b"9" * 10_000):
        assert ses(store, sns)({}, body) == 400
    expired = Sns(days=-1)
    assert receiver(store, SesWebhook(TOPIC, expired.fetch))({}, expired.message(bounce(ADA))) == 403
    broken = receiver(store, SesWebhook(TOPIC, lambda _: b"no certificate"))
    assert broken({}, sns.message(bounce(ADA))) == 403
    assert states(store, ADA)["walks"] == "active"


def test_where_amazon_is_away_it_is_to_come_again(store, sns):
    def fetch(_: str) -> bytes:
        raise OSError

    assert receiver(store, SesWebhook(TOPIC, fetch))({}, sns.message(bounce(ADA))) == 503


def test_strangers_cannot_have_certificates_fetched_all_day(store, sns):
    now = [0.0]
    post = receiver(store, SesWebhook(TOPIC, sns.fetch, SnsSignatures(sns.fetch, lambda: now[0])))
    sns.asked.clear()
    urls = [CERTIFICATE_URL.replace("abcdef", f"{number:06}") for number in range(50)]
    assert {post({}, sns.message(bounce(ADA), SigningCertURL=url)) for url in urls} == {200, 503}
    assert len(sns.asked) == 1
    now[0] += 2
    assert post({}, sns.message(bounce(ADA), SigningCertURL=urls[40])) == 200


def basic(password: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"postmark:{password}".encode()).decode()}


def postmark(**fields) -> bytes:
    return json.dumps(
        {"RecordType": "Bounce", "Type": "HardBounce", "Email": ADA, "MessageID": "883953f4"} | fields
    ).encode()


@pytest.mark.parametrize("headers", [basic(SECRET), {"x-paperroute-secret": SECRET}])
def test_postmark_tells_of_a_dead_address(store, headers):
    post = receiver(store, PostmarkWebhook(SECRET))
    assert post(headers, postmark(Details="smtp;550 5.1.1 The email account does not exist.")) == 200
    assert states(store, ADA)["walks"] == "bounced"


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({}, "bounced"),
        ({"Type": "HardBounce", "Details": "smtp;554 5.7.1 Client host blocked using zen.example.org"}, "active"),
        ({"Type": "SoftBounce", "Details": "smtp;452 4.2.2 mailbox full"}, "active"),
        ({"Type": "Transient"}, "active"),
        ({"Type": "Blocked"}, "active"),
        ({"Type": "SpamNotification"}, "active"),
        ({"Type": "DMARCPolicy"}, "active"),
        ({"Type": "AutoResponder"}, "active"),
        ({"Type": "of next year"}, "active"),
        ({"Type": "SpamComplaint"}, "unsubscribed"),
        ({"RecordType": "SpamComplaint"}, "unsubscribed"),
        ({"RecordType": "Delivery", "Recipient": ADA}, "active"),
        ({"RecordType": "Open"}, "active"),
        ({"RecordType": "SubscriptionChange", "Recipient": ADA, "SuppressSending": True, "Origin": "Recipient",
          "SuppressionReason": "ManualSuppression"}, "unsubscribed"),
        ({"RecordType": "SubscriptionChange", "Recipient": ADA, "SuppressSending": False, "Origin": "Recipient",
          "SuppressionReason": "ManualSuppression"}, "active"),
        ({"Email": "nobody@example.org"}, "active"),
        ({"Email": {"a": 1}, "Type": ["HardBounce"]}, "active"),
    ],
)  # fmt: skip
def test_what_postmark_says_is_judged_like_a_reply(store, fields, state):
    assert receiver(store, PostmarkWebhook(SECRET))(basic(SECRET), postmark(**fields)) == 200
    assert states(store, ADA)["walks"] == state
    assert states(store, BEN)["walks"] == "active"


@pytest.mark.parametrize(
    "headers",
    [{}, basic("guess"), basic(""), {"authorization": "Basic ???"}, {"authorization": f"Bearer {SECRET}"},
     {"x-paperroute-secret": "é"}, {"authorization": basic(SECRET)["authorization"][:-4]}],
)  # fmt: skip
def test_without_the_secret_nothing_of_postmark_is_believed(store, headers):
    assert receiver(store, PostmarkWebhook(SECRET))(headers, postmark()) == 401
    assert states(store, ADA)["walks"] == "active"


def mailgun(event: dict, *, key: str = SECRET, age: float = 0, token: str = "t" * 50, **signature) -> bytes:
    moment = str(int(time.time() - age))
    made = hmac.new(key.encode(), (moment + token).encode(), hashlib.sha256).hexdigest()
    signs = {"timestamp": moment, "token": token, "signature": made} | signature
    return json.dumps({"signature": signs, "event-data": event}).encode()


def failure(**other) -> dict:
    status = {"code": 550, "message": "5.1.1 The email account that you tried to reach does not exist"}
    return {"event": "failed", "severity": "permanent", "recipient": ADA, "delivery-status": status} | other


@pytest.mark.parametrize(
    ("event", "state"),
    [
        (failure(), "bounced"),
        (failure(severity="temporary"), "active"),
        (failure(**{"delivery-status": {"code": 554, "message": "5.7.1 blocked using zen.example.org"}}), "active"),
        (failure(reason="suppress-bounce", **{"delivery-status": {"code": 605, "message": ""}}), "bounced"),
        (failure(reason="suppress-complaint"), "unsubscribed"),
        (failure(reason="old", **{"delivery-status": {"code": 602, "message": "Too old"}}), "active"),
        ({"event": "rejected", "recipient": ADA, "reject": {"reason": "Sandbox subdomains are for test"}}, "active"),
        ({"event": "complained", "recipient": ADA}, "unsubscribed"),
        ({"event": "unsubscribed", "recipient": ADA}, "unsubscribed"),
        ({"event": "opened", "recipient": ADA}, "active"),
        (failure(recipient=["x"]), "active"),
        ({}, "active"),
    ],
)
def test_what_mailgun_says_is_judged_like_a_reply(store, event, state):
    assert receiver(store, MailgunWebhook(SECRET, store))({}, mailgun(event)) == 200
    assert states(store, ADA)["walks"] == state


def test_mailgun_names_the_mail_by_our_own_id(store):
    first = delivery_of(store, ADA)
    send_digest(store, 1)
    named = {"message": {"headers": {"message-id": first.message_id.strip("<>")}}}
    assert receiver(store, MailgunWebhook(SECRET, store))({}, mailgun(failure(**named))) == 200
    assert [delivery_of(store, ADA, day).state for day in (0, 1)] == ["failed", "sent"]


def test_a_signature_of_mailguns_is_good_once_and_for_half_a_day(store):
    post = receiver(store, MailgunWebhook(SECRET, store))
    for wrong in (
        mailgun(failure(), key="a key of somebody else"),
        mailgun(failure(), signature=""),
        mailgun(failure(), signature=7),
        mailgun(failure(), token=""),
        json.dumps({"event-data": failure()}).encode(),
        json.dumps({"signature": "x", "event-data": failure()}).encode(),
    ):
        assert post({}, wrong) == 401
    assert post({}, mailgun(failure(), age=13 * 3600)) == 406
    assert post({}, mailgun(failure(), age=-3600)) == 406
    assert states(store, ADA)["walks"] == "active"
    assert post({}, mailgun(failure())) == 200
    for again in (post, receiver(store, MailgunWebhook(SECRET, store))):  # also after a restart
        assert again({}, mailgun({"event": "complained", "recipient": BEN})) == 406
    assert states(store, BEN)["walks"] == "active"


def test_a_report_that_could_not_be_taken_is_taken_when_it_comes_again(store, monkeypatch):
    post = receiver(store, MailgunWebhook(SECRET, store))
    data = mailgun(failure())

    def refuse(_: int) -> None:
        raise StoreBusy("another process writes")

    with monkeypatch.context() as patch:
        patch.setattr(store.deliveries, "get", refuse)
        assert post({}, data) == 503
    assert post({}, data) == 200
    assert states(store, ADA)["walks"] == "bounced"
