"""What each reply of a relay leads to. Nobody bounces over what names the relay, the sender or nobody."""

import re

import pytest

from digest.mail.reply_rules import MEANINGS, WEAK_RULES, WORD_RULES
from digest.mail.reply_verdict import Envelope, receipt_for_reply, reply_likeness

ENVELOPE = Envelope("bounces+7@digests.example", "ada@reader.example")

# Verdicts: state, whose fault, whether it is clear.
RELAY, SENDER = ("retry", "relay", True), ("retry", "sender", True)
RULE = ("retry", "relay", False)  # the relay's, or a policy's, by its code alone
BOUNCE, FULL = ("failed", "recipient", True), ("retry", "recipient", True)
DOUBT, TEXT, TEXT_DOUBT = ("failed", "recipient", False), ("failed", "content", True), ("failed", "content", False)
DOMAIN = ("retry", "domain", True)

CALLOUT = """Verification failed for <bounces+7@digests.example>
Called:   192.0.2.9
Sent:     RCPT TO:<bounces+7@digests.example>
Response: 550 5.1.1 User unknown
Sender verify failed"""

REPLIES = [
    # (stage, code, words, where they are from, verdict)
    # Relaying
    ("recipient", 550, "relay not permitted", "Exim 4.96", RELAY),
    ("recipient", 554, "5.7.1 <ada@reader.example>: Relay access denied", "Postfix 3.7", RELAY),
    ("recipient", 554, "Relay access denied", "issue 16", RELAY),
    ("recipient", 550, "5.1.1 <ada@reader.example>: Relay access denied", "a relay that gives 5.1.1 for all", RELAY),
    ("content", 550, "relay not permitted", "Exim, after DATA", RELAY),
    ("recipient", 550, "5.7.1 <ada@reader.example>... Relaying denied", "sendmail 8", RELAY),
    ("recipient", 550, "5.7.54 SMTP; Unable to relay recipient in non-accepted domain", "Exchange", RELAY),
    ("recipient", 550, "5.7.64 TenantAttribution; Relay Access Denied", "Exchange Online", RELAY),
    ("recipient", 553, "sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)", "qmail", RELAY),
    ("recipient", 550, "Mailing to remote domains not supported", "Debian's exim4-config, local only", RELAY),
    ("recipient", 550, "mx.example.net is currently not permitted to relay through this server", "cPanel", RELAY),
    ("recipient", 550, "we do not relay <ada@reader.example>", "Courier", RELAY),
    ("recipient", 554, "5.7.1 <unknown[192.0.2.4]>: Client host rejected: Access denied", "Postfix", RELAY),
    ("recipient", 550, "Relais refusé", "a French relay", RELAY),
    ("recipient", 550, "5.1.1 unauthorized relay", "a relay that gives 5.1.1 for all", RELAY),
    ("recipient", 550, "mail relaying is disabled", "any relay", RELAY),
    # The sender's address
    ("recipient", 550, "5.1.8 <b@digests.example>: Sender address rejected: Domain not found", "Postfix 3.7", SENDER),
    ("sender", 550, "5.1.8 Sender address rejected: Domain not found", "issue 16", SENDER),
    ("recipient", 553, "5.1.8 <b@d.example>... Domain of sender address does not exist", "sendmail", SENDER),
    ("recipient", 550, "5.1.7 something", "RFC 3463", SENDER),
    ("recipient", 501, "5.1.7 Bad sender address syntax", "Postfix 3.7", SENDER),
    ("content", 550, "5.1.7 no", "RFC 3463, after DATA", SENDER),
    ("content", 550, "sender rejected", "issue 16, after DATA", SENDER),
    ("recipient", 550, "5.1.1 sender rejected", "a relay that gives 5.1.1 for all", SENDER),
    ("recipient", 550, "Sender verify failed", "Exim 4.96", SENDER),
    ("recipient", 550, CALLOUT, "Exim, sender callout", SENDER),
    ("recipient", 553, "5.7.1 <a@b.example>: Sender address rejected: not owned by user ada", "Postfix", SENDER),
    ("sender", 550, "5.7.60 SMTP; Client does not have permissions to send as this sender", "Exchange", SENDER),
    ("content", 554, "5.2.252 SendAsDenied; not allowed to send as a@b.example", "Exchange Online", SENDER),
    ("content", 554, "Message rejected: Email address is not verified.", "Amazon SES", SENDER),
    ("recipient", 554, "Email address is not verified", "issue 16", SENDER),
    ("content", 550, "The from address does not match a verified Sender Identity.", "SendGrid", SENDER),
    ("recipient", 550, "5.1.0 <b@d.example> sender rejected.", "Spectrum, Cox", SENDER),
    ("recipient", 550, "no such user <bounces+7@digests.example>", "a callout that names our address alone", SENDER),
    ("recipient", 550, "Domain digests.example does not exist", "names our domain alone", SENDER),
    ("recipient", 550, "Absenderadresse nicht akzeptiert", "a German relay", SENDER),
    ("recipient", 550, "Adresse de l'expéditeur invalide".encode("latin-1"), "in Latin-1", SENDER),
    ("recipient", 550, "发件人地址被拒绝", "a Chinese relay", SENDER),
    ("sender", 550, "no", "MAIL refused", SENDER),
    # SPF, DKIM, DMARC
    ("content", 550, "5.7.26 This mail has been blocked because the sender is unauthenticated.", "Gmail", SENDER),
    ("content", 550, "5.7.515 Access denied, the required authentication level is not met", "Outlook.com", SENDER),
    ("content", 550, "5.7.1 Email rejected per DMARC policy for digests.example", "Rspamd", SENDER),
    ("recipient", 550, "5.7.23 SPF validation failed", "RFC 7372", SENDER),
    ("recipient", 550, "5.1.1 SPF check failed", "a relay that gives 5.1.1 for all", SENDER),
    ("recipient", 550, "5.7.20 no passing signature", "RFC 7372, by its code", SENDER),
    ("recipient", 550, "5.7.27 no", "RFC 7505, the sender's null MX", SENDER),
    # Greeting and names
    ("recipient", 554, "5.7.1 <localhost>: Helo command rejected: Host not found", "Postfix; issue 16", RELAY),
    ("recipient", 504, "5.5.2 <x>: Helo command rejected: need fully-qualified hostname", "Postfix", RELAY),
    ("session", 501, "Syntactically invalid HELO argument(s)", "Exim 4.96", RELAY),
    ("recipient", 550, "Access denied - Invalid HELO name (See RFC2821 4.1.1.1)", "cPanel's Exim", RELAY),
    ("recipient", 450, "4.7.25 Client host rejected: cannot find your reverse hostname, [192.0.2.4]", "Postfix", RELAY),
    ("content", 550, "5.7.25 The IP address sending this message does not have a PTR record setup", "Gmail", RELAY),
    # Block lists and reputation
    (
        "recipient", 554, "5.7.1 Service unavailable; Client host [192.0.2.4] blocked using zen.spamhaus.org",
        "Postfix", RELAY,
    ),
    ("recipient", 550, "your IP is listed at bl.example.org", "issue 16", RELAY),
    ("recipient", 550, "5.1.1 your IP is listed at bl.example.org", "a relay that gives 5.1.1 for all", RELAY),
    ("recipient", 550, "5.7.606 Access denied, banned sending IP [192.0.2.4]", "Outlook.com", RELAY),
    ("recipient", 550, "Unfortunately, messages from [192.0.2.4] weren't sent. (S3140)", "Outlook.com", RELAY),
    ("content", 550, "5.7.1 very low reputation of the sending IP", "Gmail", RELAY),
    ("recipient", 554, "Blocked - see https://support.proofpoint.com/lookup?ip=192.0.2.4", "Proofpoint", DOUBT),
    ("recipient", 550, "Ihre IP wurde gesperrt", "a German relay", RELAY),
    ("session", 554, "5.7.1 blocked", "any relay, as its greeting", RELAY),
    ("recipient", 550, "5.1.1 you are blacklisted", "a relay that gives 5.1.1 for all", RELAY),
    # Authentication, TLS, account
    ("recipient", 530, "5.7.0 Authentication required", "RFC 4954", RELAY),
    ("recipient", 550, "authentication required", "Exim", RELAY),
    ("sender", 530, "5.7.57 Client not authenticated to send mail.", "Exchange Online", RELAY),
    ("session", 535, "5.7.8 Username and Password not accepted", "Gmail", RELAY),
    ("sender", 530, "5.7.0 Must issue a STARTTLS command first", "RFC 3207", RELAY),
    ("recipient", 550, "5.7.10 Encryption needed", "RFC 5248", RELAY),
    ("recipient", 503, "AUTH first", "any relay", RELAY),
    ("recipient", 550, "Your account has been disabled", "any hosted relay", RELAY),
    ("recipient", 525, "5.7.13 User account disabled", "RFC 5248: ours", RELAY),
    ("content", 550, "5.7.1 Free accounts are for test purposes only", "Mailgun", RELAY),
    # Limits and rates
    ("content", 550, "5.4.5 Daily sending limit exceeded", "Gmail; issue 16", RELAY),
    ("recipient", 550, "5.1.1 Daily sending quota exceeded for this sender", "a relay that gives 5.1.1 for all", RELAY),
    ("recipient", 550, "quota exceeded for sender", "any relay", RELAY),
    (
        "recipient", 550, "Domain d.example has exceeded the max emails per hour (151/150) allowed. Message discarded.",
        "cPanel's Exim", RELAY,
    ),
    ("session", 454, "Throttling failure: Maximum sending rate exceeded.", "Amazon SES", RELAY),
    ("recipient", 550, "too many messages in this session", "any relay", RELAY),
    # A policy's code without words that are known
    ("recipient", 550, "5.7.1 Access denied", "Exchange", RULE),
    ("recipient", 550, "5.7.1", "RFC 3463", RULE),
    ("recipient", 550, "5.4.4 unable to route", "RFC 3463", RULE),
    ("recipient", 554, "5.3.0 rejected", "sendmail's access table", RULE),
    ("content", 550, "5.7.1 message refused", "any relay", RULE),
    ("recipient", 550, "Administrative prohibition", "Exim 4.96", RULE),
    ("recipient", 550, "5.1.1 denied by policy", "words against code", RULE),
    # The mailbox
    ("recipient", 550, "5.1.1 <ada@reader.example>: Recipient address rejected: User unknown", "Postfix", BOUNCE),
    ("recipient", 550, "5.1.1 <ada@reader.example>... User unknown", "sendmail", BOUNCE),
    ("recipient", 550, "Unknown user", "Exim 4.96", BOUNCE),
    ("recipient", 550, "5.1.1 The email account that you tried to reach does not exist.", "Gmail", BOUNCE),
    ("recipient", 550, "5.2.1 The email account that you tried to reach is disabled.", "Gmail", BOUNCE),
    ("recipient", 550, "5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found", "Exchange Online", BOUNCE),
    ("recipient", 550, "5.1.1 User unknown; rejecting", "Dovecot LMTP", BOUNCE),
    ("recipient", 550, "Requested action not taken: mailbox unavailable", "RFC 5321", BOUNCE),
    ("recipient", 554, "delivery error: dd This user doesn't have a yahoo.com account", "Yahoo", BOUNCE),
    ("recipient", 550, "sorry, no mailbox here by that name. (#5.1.1)", "qmail", BOUNCE),
    ("recipient", 550, "5.1.1 ada@reader.example User not listed in Domino Directory", "Domino", BOUNCE),
    ("recipient", 550, "account disabled", "any relay", BOUNCE),
    ("recipient", 550, "5.1.1", "RFC 3463, by its code", BOUNCE),
    ("recipient", 550, "5.1.1 no\n5.1.1 such\n5.1.1 user", "several lines", BOUNCE),
    ("recipient", 556, "5.1.10 Recipient address has null MX", "RFC 7504, 7505", BOUNCE),
    ("content", 550, "5.1.1 <ada@reader.example> User unknown", "LMTP behind a relay, after DATA", BOUNCE),
    ("recipient", 550, "Empfänger unbekannt".encode("latin-1"), "a German relay, in Latin-1", BOUNCE),
    ("recipient", 550, "L'adresse n'existe pas", "a French relay", BOUNCE),
    ("recipient", 550, "El usuario no existe", "a Spanish relay", BOUNCE),
    ("recipient", 550, "Пользователь не найден", "a Russian relay", BOUNCE),
    ("recipient", 550, "收件人不存在", "a Chinese relay", BOUNCE),
    ("recipient", 550, "宛先のユーザーが見つかりません", "a Japanese relay", BOUNCE),
    ("recipient", 550, "5.1.1 <dmarc.spf@sender-rejected.example>: User unknown", "words within an address", BOUNCE),
    ("recipient", 550, "5.1.1 no such user at spf.relay-access-denied.example", "words within a host", BOUNCE),
    # The mailbox, for now
    ("recipient", 552, "5.2.2 Mailbox full", "RFC 3463", FULL),
    ("content", 552, "5.2.2 <ada@reader.example> Quota exceeded (mailbox for user is full)", "Dovecot", FULL),
    ("recipient", 452, "4.2.2 The email account that you tried to reach is over quota.", "Gmail", FULL),
    ("recipient", 450, "4.2.1 mailbox busy", "RFC 3463", FULL),
    ("recipient", 450, "5.1.1 user unknown", "a passing code is a passing refusal", FULL),
    ("recipient", 550, "5.2.1 The user you are trying to contact is receiving mail at a rate that", "Gmail", FULL),
    ("recipient", 550, "4.1.1 try later", "contradictory: not given up for", ("retry", "recipient", True)),
    # Nobody is named
    ("recipient", 550, "no", "any relay", DOUBT),
    ("recipient", 553, "5.1.0 Address rejected", "RFC 3463", DOUBT),
    ("recipient", 554, "Transaction failed", "RFC 5321", DOUBT),
    ("recipient", 550, "5.1.1 refused", "words that only say no, against its code", DOUBT),
    ("recipient", 550, "5.7.1 User unknown", "words against code", DOUBT),
    ("recipient", 550, "5.7.1 Message rejected by recipient", "a reader's own list", DOUBT),
    ("recipient", 550, "5.4.1 Recipient address rejected: Access denied", "Exchange Online", DOUBT),
    ("recipient", 550, "Unrouteable address", "Exim: the domain, or all domains", DOUBT),
    ("recipient", 550, "5.1.1 the sender is not a valid user", "a mailbox's words, of the sender", DOUBT),
    ("recipient", 550, "5.1.1 用户未认证", "words that are not known, beside a mailbox's code", DOUBT),
    ("recipient", 553, "Requested action not taken: mailbox name not allowed", "RFC 5321", DOUBT),
    ("content", 550, "No verifiable sender address in message headers", "Debian's exim4-config", TEXT_DOUBT),
    # The text
    ("content", 554, "5.7.1 Message rejected as spam", "SpamAssassin", TEXT),
    ("content", 550, "5.7.1 likely unsolicited mail", "Gmail", TEXT),
    ("content", 550, "This message contains a virus (Eicar)", "Exim with ClamAV", TEXT),
    ("content", 552, "5.7.0 This message was blocked because its content presents a risk", "Gmail", TEXT),
    ("content", 554, "5.6.0 no", "RFC 3463", TEXT),
    ("sender", 552, "5.3.4 Message size exceeds fixed limit", "Postfix", TEXT),
    ("sender", 552, "Message size exceeds maximum permitted", "Exim 4.96", TEXT),
    ("content", 554, "no", "any relay", TEXT_DOUBT),
    ("data", 554, "5.5.1 Error: no valid recipients", "Postfix", TEXT_DOUBT),
    # For now
    ("recipient", 421, "4.7.0 try again later", "one reader's 421", DOMAIN),
    ("recipient", 450, "4.7.1 Greylisted, try in 300 seconds", "Postgrey", DOMAIN),
    ("recipient", 421, "4.7.28 unusual rate of mail from your IP", "Gmail", DOMAIN),
    ("recipient", 421, "4.3.2 Service shutting down and closing transmission channel", "Exim", RELAY),
    ("session", 421, "4.7.0 too many connections", "Postfix", RELAY),
    ("recipient", 450, "4.1.8 <b@d.example>: Sender address rejected: Domain not found", "Postfix's default", SENDER),
    ("recipient", 451, "4.3.0 local error", "RFC 3463", RELAY),
]  # fmt: skip


@pytest.mark.parametrize(
    ("stage", "code", "words", "verdict"),
    [(stage, code, words, verdict) for stage, code, words, _, verdict in REPLIES],
    ids=[f"{stage} {code} {words!r}"[:70] for stage, code, words, *_ in REPLIES],
)
def test_a_reply_and_its_verdict(stage, code, words, verdict):
    receipt = receipt_for_reply(stage, code, words, ENVELOPE)
    assert (receipt.state, receipt.blames, receipt.is_clear) == verdict
    assert receipt.code == code
    if receipt.blames in ("relay", "sender") and code >= 500:
        assert receipt.step, "an operator has to know what to do next"


def test_there_are_enough_of_them():
    assert len(REPLIES) >= 90


_US = [words for _, code, words, _, verdict in REPLIES if verdict in (RELAY, SENDER) and code >= 500]
# By its code alone, or because of what was asked: only there is it said to be ours.
_BY_CODE = ("5.1.7", "5.7.20", "5.7.27", "5.1.8", "5.7.10", "5.7.13", "AUTH first", "no such user <", "Domain digests")


@pytest.mark.parametrize("stage", ["session", "sender", "recipient", "data", "content"])
@pytest.mark.parametrize("code", [500, 501, 503, 521, 541, 550, 551, 552, 553, 554, 556, 571])
@pytest.mark.parametrize("enhanced", ["", "5.1.1", "5.2.1", "5.1.10", "5.1.2", "5.0.0", "5.7.1", "5.2.2"])
def test_no_reply_that_names_us_bounces_anybody(stage, code, enhanced):
    for words in _US:
        text = words.decode("latin-1") if isinstance(words, bytes) else words
        if text in ("no", "5.7.1 blocked") or (text.startswith(_BY_CODE) and "Sender" not in text):
            continue
        bare = re.sub(r"^5\.\d+\.\d+ ", "", text)
        for said in (f"{enhanced} {bare}", f"{enhanced} <ada@reader.example>: {bare}", f"{enhanced} {bare.upper()}"):
            receipt = receipt_for_reply(stage, code, said.strip(), ENVELOPE)
            assert receipt.state == "retry", said
            assert receipt.blames in ("relay", "sender"), said


@pytest.mark.parametrize("stage", ["session", "sender", "recipient", "data", "content"])
def test_a_code_alone_bounces_nobody_unless_it_says_mailbox(stage):
    for subject in range(8):
        for number in (0, 1, 2, 3, 5, 6, 7, 8, 10, 26, 250, 515):
            receipt = receipt_for_reply(stage, 550, f"5.{subject}.{number} x")
            bounces = (receipt.state, receipt.blames, receipt.is_clear) == BOUNCE
            assert bounces == (
                stage not in ("session", "sender")
                and ((subject == 1 and number in (1, 2, 3, 6, 10)) or (subject, number) == (2, 1))
            )


@pytest.mark.parametrize(
    ("stage", "code", "words", "wants_pace"),
    [
        ("recipient", 421, "4.7.0 too many messages, slow down", True),
        ("recipient", 450, "4.2.0 rate limited", True),
        ("session", 421, "too many connections from your host", True),
        ("content", 451, "4.7.1 throttled", True),
        ("recipient", 421, "4.3.2 shutting down", False),
        ("recipient", 450, "4.7.1 greylisted", False),
        ("recipient", 550, "5.1.1 user unknown", False),
        ("recipient", 450, "4.2.1 this user is receiving mail at a rate that is too high", False),
    ],
)
def test_what_asks_for_another_pace(stage, code, words, wants_pace):
    assert receipt_for_reply(stage, code, words).wants_pace is wants_pace


@pytest.mark.parametrize(
    ("replies", "likeness"),
    [
        (
            ["550 5.1.1 <ada@a.example>: Recipient address rejected: User unknown in table (id 4F2AzXk)",
             "550 5.1.1 <bob.smith@b.example>: Recipient address rejected: User unknown in table (id 4F2Bq1z)"],
            "550 5.1.1 recipient address rejected user unknown in table",
        ),
        (
            ["554 5.7.1 Client host [192.0.2.1] blocked using zen.spamhaus.org; https://spamhaus.org/q/192.0.2.1",
             "554 5.7.1 Client host [198.51.100.7] blocked using zen.spamhaus.org; https://spamhaus.org/q/198.51.100.7"],
            "554 5.7.1 client host blocked using",
        ),
        (["550 relay not permitted", "550 relay not permitted "], "550 relay not permitted"),
        (["550 rejected 1rABcd-0000Ab-2x at 21:04", "550 rejected 1rABcx-0000Bb-2y at 21:05"], "550 rejected at"),
        (["550 5.1.1 a640c23a62f3a-ab1si8.9 - gsmtp", "550 5.1.1 5b1f17b1804b1-42e9si12.3 - gsmtp"], "550 5.1.1 gsmtp"),
    ],
)  # fmt: skip
def test_the_same_reply_to_several_recipients_compares_equal(replies, likeness):
    assert {reply_likeness(reply) for reply in replies} == {likeness}


def test_other_replies_compare_unequal():
    replies = [
        "550 5.1.1 user unknown",
        "550 user unknown",
        "450 5.1.1 user unknown",
        "550 5.1.1 mailbox full",
        "550 no",
    ]
    assert len({reply_likeness(reply) for reply in replies}) == len(replies)


def test_every_rule_and_meaning_is_used():
    used = {rule.kind for rule in (*WORD_RULES, *WEAK_RULES)}
    assert used <= set(MEANINGS)
    assert all(rule.source for rule in WORD_RULES)


@pytest.mark.parametrize(
    "words", ["user " * 800, "relay " * 700, "from address " * 400, "a@" * 2_000, "5.1.1" * 900, "<" * 4_000]
)
def test_a_hostile_reply_is_judged_at_once(words):
    receipt_for_reply("recipient", 550, words * 20_000, ENVELOPE)  # the suite's time limit is the assertion
    assert len(reply_likeness(f"550 {words * 1_000}"[:300])) <= 300
