"""What relays say when they refuse a mail, as data: wordings and codes, what they mean, and where each is from.

Invariant: words come before codes, and what names us before what names a mailbox: a relay that refuses its own client
with 5.1.1 must cost no reader the subscription. Patterns meet one line in small letters, its addresses taken out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from digest.ports import Blame

# What was refused: connection, TLS or authentication; MAIL; RCPT; DATA; the text after it.
SmtpStage = Literal["session", "sender", "recipient", "data", "content"]
ReplyKind = Literal[
    "session", "authentication", "encryption", "relaying", "sender", "greeting", "domain authentication", "block list",
    "account", "sending limit", "rate", "relay", "policy", "grey list", "blocked by reader", "mailbox", "mailbox limit",
    "no route", "spam", "size", "content", "unclear text", "unclear",
]  # fmt: skip


@dataclass(frozen=True)
class Meaning:
    """Of a permanent reply. ends: the delivery fails; else it waits. step: what an operator does."""

    blames: Blame
    ends: bool = False
    is_clear: bool = True
    step: str = ""


_URL = "PAPERROUTE_MAIL__URL"
MEANINGS: Mapping[ReplyKind, Meaning] = {
    "session": Meaning("relay", step=f"Check {_URL}, and ask whoever runs the relay what its words mean."),
    "authentication": Meaning("relay", step=f"Check user and password in {_URL}."),
    "encryption": Meaning("relay", step=f"Use a port with STARTTLS, or smtps://, in {_URL}."),
    "relaying": Meaning("relay", step=f"Give user and password in {_URL}, or have the relay let this machine send."),
    "sender": Meaning("sender", step="Set mail.from and mail.bounce to addresses that the relay lets you send from."),
    "greeting": Meaning("relay", step="Set mail.ehlo to a full host name that DNS has for this machine's address."),
    "domain authentication": Meaning(
        "sender", step="Set up SPF, DKIM and DMARC: paperroute doctor --mail tells which."
    ),
    "block list": Meaning("relay", step="Have the sending address taken off the list it names, or use another relay."),
    "account": Meaning("relay", step="Look at your account with whoever runs the relay."),
    "sending limit": Meaning("relay", step="Wait until the relay's limit ends, or have it raised."),
    "rate": Meaning("relay", step="Set mail.per_minute below what the relay allows."),
    "relay": Meaning("relay", is_clear=False, step="Ask whoever runs the relay what its words mean."),
    "policy": Meaning("relay", is_clear=False, step="Ask whoever runs the relay which of its rules this broke."),
    "grey list": Meaning("domain", is_clear=False),
    "blocked by reader": Meaning("recipient", ends=True, is_clear=False),
    "mailbox": Meaning("recipient", ends=True),
    "mailbox limit": Meaning("recipient"),  # RFC 3463, x.2.2: it passes, when its owner reads
    "no route": Meaning(
        "recipient", ends=True, is_clear=False, step="Check that the relay finds other domains' hosts."
    ),
    "spam": Meaning("content", ends=True, step="It was taken for spam: check SPF, DKIM and DMARC, and survey.length."),
    "size": Meaning(
        "content", ends=True, step="The mail is too large for the relay: set survey.length to a shorter one."
    ),
    "content": Meaning("content", ends=True, step="The relay does not take this text: its words say why."),
    "unclear text": Meaning("content", ends=True, is_clear=False, step="Ask the relay's operator what its words mean."),
    "unclear": Meaning("recipient", ends=True, is_clear=False, step="Ask the relay's operator what its words mean."),
}

# RFC 3463 and IANA's registry, without the class: (subject, detail); then of a subject.
KIND_BY_CODE: Mapping[tuple[int, int], ReplyKind] = {
    (1, 1): "mailbox", (1, 2): "mailbox", (1, 3): "mailbox", (1, 6): "mailbox", (1, 10): "mailbox",  # 1.10: RFC 7505
    (1, 7): "sender", (1, 8): "sender",
    (2, 1): "mailbox", (2, 2): "mailbox limit", (2, 3): "size",
    (3, 4): "size", (4, 5): "sending limit",  # 4.5: Gmail's daily limit
    (7, 8): "authentication", (7, 9): "authentication", (7, 13): "account",  # RFC 4954, 5248
    (7, 10): "encryption", (7, 11): "encryption", (7, 12): "authentication", (7, 30): "encryption",
    (7, 20): "domain authentication", (7, 21): "domain authentication", (7, 22): "domain authentication",  # RFC 7372
    (7, 23): "domain authentication", (7, 24): "domain authentication", (7, 26): "domain authentication",
    (7, 29): "domain authentication", (7, 515): "domain authentication",
    (7, 25): "greeting", (7, 27): "sender", (7, 28): "rate",
}  # fmt: skip
KIND_BY_SUBJECT: Mapping[int, ReplyKind] = {3: "relay", 4: "relay", 5: "relay", 6: "content", 7: "policy"}
# Codes that ask for another session than ours: TLS or authentication first, credentials refused (RFC 3207, 4954).
KIND_BY_REPLY: Mapping[int, ReplyKind] = {
    421: "session", 454: "session", 500: "session", 502: "session", 503: "session",
    523: "encryption", 530: "authentication", 534: "authentication", 535: "authentication", 538: "encryption",
    552: "size", 556: "mailbox",  # RFC 7504
}  # fmt: skip

TAKEN_TEXT: frozenset[SmtpStage] = frozenset(("data", "content"))
BEFORE_TEXT: frozenset[SmtpStage] = frozenset(("session", "sender", "recipient"))


@dataclass(frozen=True)
class WordRule:
    kind: ReplyKind
    source: str
    pattern: re.Pattern[str]
    stages: frozenset[SmtpStage] = TAKEN_TEXT | BEFORE_TEXT


def _rule(
    kind: ReplyKind, source: str, *words: str, stages: frozenset[SmtpStage] = TAKEN_TEXT | BEFORE_TEXT
) -> WordRule:
    return WordRule(kind, source, re.compile("|".join(words)), stages)


def _alone(words: str) -> str:
    """Words of their own, not a part of a host's name: spf, but neither spf.example.org nor no-spf."""
    return rf"(?<![\w.@-])(?:{words})(?![\w@-]|\.\w)"


_GAP = r"(?:[^.;:]|\.(?=\w)){0,40}?"  # within a part of a sentence
_NOT = r"(?:not|n.t|un|never|cannot|can not|no longer)"
_REFUSED = (
    r"(?:reject|refus|den(?:y|ied)|block|bann|disallow|invalid|prohibit|forbid|fail|suspend|restrict|"
    r"not (?:be )?(?:permit|allow|accept|authori[sz]|found|valid|exist|known|owned|local|resolv))"
)
_OURS = r"(?:your|sending|client(?:'s)?|connecting|source|remote|sender(?:'s)?)"
_BOX = r"(?:user|recipient|mailbox|account|(?<!ip )(?<!ip-)address|alias|addressee|local part|inbox|mail ?drop|person)"
_GONE = (
    r"(?:unknown|(?:is |was |could |be |has |been )*not (?:be )?(?:found|exist|known|valid|listed|available|recogni[sz]ed|active)|"
    r"(?:does ?n.t|do ?n.t|doesn.t|does not|do not|not) exist|invalid|disabled|inactive|deactivated|closed|expired|"
    r"suspended|deleted|removed|unavailable|no longer|terminated|discontinued|doesn.t have)"
)

# In order: the first found counts.
WORD_RULES: tuple[WordRule, ...] = (
    _rule(
        "domain authentication",
        "RFC 7208, 7372, 7489; Gmail 5.7.26; Outlook.com 5.7.515",
        _alone("spf|dkim|dmarc|arc|sender ?id|domainkeys|sender policy framework"),
        r"(?:sender|mail|message|domain) is un-?authenticated",
        r"authentication (?:level|results?|checks?|information)",
    ),
    _rule(
        "encryption",
        "RFC 3207, 8314; Postfix, Exim",
        r"starttls", r"(?:tls|ssl|encryption|encrypted connection) (?:is |connection )?(?:required|needed|mandatory)",
        r"(?:require|need|must use)s? (?:tls|ssl|encryption|an? encrypted)",
    ),
    _rule(
        "greeting",
        "Postfix reject_*_helo_hostname, reject_unknown_*_client_hostname; Exim 4.96 HELO syntax; RFC 5321, 4.1.4",
        _alone("helo|ehlo"), r"reverse[ -](?:dns|host ?name|lookup|mapping)", _alone("rdns|ptr|fcrdns"),
        r"(?:find|resolve|verify|look up) your (?:reverse )?(?:host ?name|name|address)",
    ),
    _rule(
        "relaying",
        "Exim, Postfix, sendmail, Exchange 5.7.54 and 5.7.64, qmail rcpthosts; Debian's exim4-config",
        rf"relay(?:ing|ed)?(?: (?:access|mail|is|was|has been|attempt|operation|through|via|to|for|by|from|[@\w.-]*))*? {_REFUSED}",
        rf"{_NOT} (?:be )?(?:able |permitted |allowed |authori[sz]ed )?(?:to )?(?:an? )?(?:open )?relay",
        r"(?:will|do|does|can|could|would|is|are|unable)(?: not|n.t|not)?(?: (?:to|allow|allowed|permitted))* relay(?!\w)",
        r"(?:reject|refus|prohibit|den)\w*(?: to)? relay", r"relay(?:ing)? (?:not|denied|prohibited|refused)",
        r"no relay", r"rcpthosts", r"mailing to remote domains", r"tenantattribution",
        rf"client host{_GAP} (?:rejected|denied|refused)", r"relais (?:refus|non|interdit|pas)",
        r"(?:relay|reenv[ií]o)\w* (?:denegad|no permitid|verweigert|abgelehnt|nicht|n[ãa]o|negat|non|rifiut)",
        r"weiterleit" + _GAP + r"(?:nicht|verweigert|abgelehnt)", r"中继|转发|中継",
    ),
    _rule(
        "sender",
        "RFC 3463 x.1.7, x.1.8; Postfix reject_*_sender; Exim verify = sender; Exchange 5.7.60, 5.2.252; SES; SendGrid",
        rf"(?<!\w)(?:sender|from|return[ -]path|reverse[ -]path|mail ?from|originator)(?:'s)?"
        rf"(?: (?:e-?mail|mail|address|domain|name|header|field|is|was|has|been|have|are|be|identity|@\w*))* {_REFUSED}",
        r"(?:bad|invalid|unknown|unauthori[sz]ed|unverified|forged|spoofed|illegal|blocked|unresolvable)"
        r" (?:envelope )?(?:sender|return[ -]path|reverse[ -]path|from(?: address| header)?(?!\w))",
        r"sender(?:'s)? (?:address |domain |e-?mail )?(?:verif|unknown|must|does|do not|not|needs?|has no|cannot|could)",
        r"domain of sender", r"sendasdenied", r"send (?:mail |e-?mail |messages? )?(?:as|on behalf|from) (?:this|that|the|a)",
        r"(?:not|n.t|un)[ -]?(?:be )?(?:allowed|permitted|authori[sz]ed|able|entitled) to (?:send|use|submit|deliver)",
        r"not owned by user", rf"{_NOT}[ -]?(?:yet )?(?:been )?verified", r"verified (?:sender|domain|address|identit)",
        r"call-?(?:back|out) verif", r"verification failed for", r"from (?:address|header|domain|field)",
        r"your (?:sending |e-?mail )?(?:domain|address|identity|from)(?!\w)", r"domain (?:is )?not allowed",
        r"(?:absender|expéditeur|expediteur|remitente|mittente|remetente|afzender|avsändare)",
        r"отправител", r"发件人|发信人|送信者|送信元|差出人|발신자|보낸",
    ),
    _rule(
        "authentication",
        "RFC 4954; Exchange 5.7.3 and 5.7.57; Gmail 5.7.8; Postfix; qmail",
        r"auth(?:entication|orization)?(?: is)? (?:required|failed|failure|needed|unsuccessful|first|error|credentials)",
        r"(?:must|need to|please|should|have to|was not|not|un)[ -]?(?:be )?(?:authenticate|log ?in(?!\w)|logged in)",
        r"requires? (?:smtp )?authentication", _alone("smtp[ -]?auth"), r"pop(?:3)?[ -]before[ -]smtp",
        r"(?:invalid|bad|wrong|incorrect) (?:login|credentials|user ?name|password)", r"password not accepted",
        r"(?:login|sign-?in) (?:required|denied|failed)", r"anmeldung|identification requise|autenticaci[óo]n",
    ),
    _rule(
        "mailbox limit",
        "Gmail 5.2.1 of a mailbox's own rate",
        r"(?:user|recipient|mailbox|account)" + _GAP + r" receiving (?:mail|messages) (?:too|at a)",
    ),
    _rule(
        "blocked by reader",
        "Exchange 5.7.1 RESOLVER.RST; Yahoo, Mimecast: a reader's own list",
        r"(?:block|blacklist|den|reject|filter)\w* by (?:the |this )?(?:recipient|user|addressee|mailbox)",
        r"(?:recipient|user|addressee) (?:has |have )?(?:blocked|blacklisted|rejected) (?:you|the sender|this sender|mail)",
        r"resolver\.rst", r"only accepts? (?:mail|messages) from",
    ),
    _rule(
        "account",
        "Mailgun, SendGrid, SparkPost, Postmark, Exchange 5.7.501",
        r"your (?:account|subscription|plan|organi[sz]ation|tenant|mailbox|license)", r"(?:free|trial|sandbox) (?:account|plan|domain|sub)",
        r"(?:sandbox|billing|unpaid|maximum credits|authori[sz]ed recipients)", r"account (?:is )?under review",
    ),
    _rule(
        "sending limit",
        "Gmail 5.4.5, 5.7.28; Exchange 5.1.90, 5.2.0; SES 454; cPanel's Exim",
        r"(?:daily|hourly|monthly|weekly|sending|outgoing|outbound|sender(?:'s)?|submission|send)"
        r" (?:\w+ ){0,2}(?:limit|quota|allowance|cap(?!\w))",
        r"quota (?:is |was |has been )?(?:exceeded|full) (?:for|of|by) (?:the |this )?sender",
        r"(?:messages?|recipients?|mails?|e-?mails?|defers?(?: and failures)?) (?:per|an?|each) (?:day|hour|minute|second|24)",
        r"you(?: have|'ve)? (?:already )?(?:exceed|reached|sent)", r"sending rate", r"exceeded your", r"your (?:quota|limit)",
    ),
    _rule(
        "rate",
        "RFC 3463 x.7.28; Gmail 4.7.28; Postfix anvil; Yahoo TSS04; Outlook.com RP-001",
        r"rate[ -]?limit", r"(?<!\w)rate(?!\w)" + _GAP + r"(?:exceed|limit|too|high|unusual|control)", r"unusual rate",
        r"too many (?!hops)", r"throttl", r"slow(?:ing)? down", r"too (?:fast|quickly|frequent|much mail)",
        r"(?:concurren\w*|simultaneous|connection)s? (?:\w+ )?(?:limit|exceed)", r"unexpected volume", r"congest",
    ),
    _rule(
        "block list",
        "Postfix reject_rbl_client; Exim dnslists; Outlook.com S3140, 5.7.606; Spamhaus, Barracuda, Proofpoint, Yahoo",
        r"block(?:ed|ing)? (?:using|at|via)", r"(?<!not )(?<!n't )listed (?:at|in|on|by|as)", r"(?:is|are|been) listed",
        r"black[ -]?list|block[ -]?list|deny[ -]?list|blok[ -]?list|liste noire|lista negra|schwarze liste|黑名单|ブラックリスト",
        _alone("dnsbl|rbl|spamhaus|spamcop|sorbs|barracuda(?:central)?|cloudmark|senderscore|proofpoint|abusix|mailspike"),
        r"(?<!\w)reputation(?!\w|\.\w)", rf"{_OURS} (?:\w+ )?(?:ip|server|host|network|isp|provider|mta|machine|system)(?!\w)",
        r"(?:mail|messages?|connections?|e-?mails?|traffic|access|smtp) (?:\w+ )?from (?:you|your|this|the|that|ip|host|\[?ip#)",
        rf"(?<!\w)(?:ip|ip#)(?!\w){_GAP}{_REFUSED}", rf"{_REFUSED}\w*{_GAP}(?<!\w)(?:ip|ip#)(?!\w)",
        r"connection (?:\w+ )?(?:refused|rejected|denied|blocked|dropped)", r"user complaints", r"(?:dynamic|residential|dial-?up)",
        r"you(?: are|'re| have been|r access)? (?:\w+ )?(?:banned|blocked|listed|denied|rejected|not welcome)",
        r"(?:ihre|deine) ip|votre (?:ip|adresse ip|serveur)|su (?:ip|direcci[óo]n ip|servidor)|vostro ip|seu ip|ваш ip|您的ip|你的ip",
    ),
    _rule("grey list", "RFC 6647; Postgrey, Exim", r"gr[ea]y[ -]?list"),
    _rule(
        "mailbox limit",
        "RFC 3463 x.2.2; RFC 5321 552; Exchange, Dovecot, Gmail 5.2.2",
        r"(?:over|exceed\w*|out of|full|beyond)" + _GAP + r"(?<!\w)quota", r"quota" + _GAP + r"(?:exceed|full|over|reach|depass|superad)",
        r"(?:mail ?box|inbox|mailbox|account|recipient|postfach|maildir|folder)" + _GAP + r"(?:is |was )?(?:full|voll|pleine|llen|piena|cheia)(?!\w)",
        r"(?:over|out of|exceed\w*|insufficient)(?: \w+){0,3} (?<!system )storage(?: (?:allocation|space|limit))?",
    ),
    _rule(
        "mailbox",
        "RFC 5321 550, 551; Postfix, Exim, Exchange 5.1.10, Gmail 5.1.1 and 5.2.1, Yahoo, Domino, qmail, sendmail",
        rf"(?<!\w){_BOX}s?(?!\w){_GAP}(?<!\w){_GONE}",
        rf"(?:unknown|invalid|no such|non-?exist\w*|bad|inactive|disabled|unrecogni[sz]ed|not a (?:valid|known|local))"
        rf" (?:\w+ ){{0,2}}{_BOX}(?!\w)",
        r"no (?:mailbox|mail box|such (?:user|person|address|mail ?drop|recipient|account|domain at))", r"not our customer",
        r"nobody (?:here )?by that name", r"no one (?:here )?(?:with|by) that", r"doesn.t have an? [\w.]+ account",
        r"null mx", r"does not accept (?:any )?mail", r"need fully-qualified address",
        r"(?:empf\S{1,2}nger|benutzer|postfach|adresse)" + _GAP + r"(?:unbekannt|existiert nicht|nicht (?:gefunden|vorhanden|bekannt))",
        r"unbekannter? (?:empf|benutzer|adresse)", r"(?:utilisateur|destinataire|adresse|bo\S{1,2}te)" + _GAP + r"(?:inconnu|inexistant|n.existe pas|introuvable)",
        r"(?:usuario|usu\S{1,2}rio|destinatario|destinat\S{1,2}rio|buz\S{1,2}n|cuenta|direcci\S{1,2}n|utente|casella|conta|indirizzo)"
        + _GAP + r"(?:desconocid|no existe|n\S{1,2}o existe|inexistente|sconosciut|desconhecid|non (?:esiste|trovat)|no encontrad)",
        r"(?:nie istnieje|nie ma takiego|onbekende? gebruiker|gebruiker onbekend)",
        r"(?:пользовател|ящик|получател|адрес)" + _GAP + r"(?:не (?:найден|существует)|неизвест|отключ)", r"нет такого (?:пользовател|адрес)",
        r"(?:用户|收件人|邮箱|帐号|账号|使用者|收件者)" + _GAP + r"(?:不存在|未找到|无效|禁用|不正確)",
        r"(?:宛先|ユーザー?|メールボックス|受信者|アドレス)" + _GAP + r"(?:不明|存在しません|見つかりません|無効)", r"존재하지 않",
    ),
    _rule("no route", "Exim routers; Postfix 5.4.4; sendmail", r"unrout(?:e)?able", r"(?:domain|host)" + _GAP + r"not found", r"no mx"),
    _rule("size", "RFC 1870; RFC 3463 x.2.3, x.3.4", r"too (?:large|big|long)", r"size" + _GAP + r"(?:exceed|limit|maxim|larger|over)", r"exceed" + _GAP + r"size"),
    _rule(
        "spam",
        "RFC 5321 554; Gmail 5.7.1, SpamAssassin, Rspamd, Barracuda",
        r"spam|unsolicited|junk|bulk mail|phish|(?:url|link|uri)s?" + _GAP + r"(?:listed|block)", stages=TAKEN_TEXT,
    ),
    _rule("block list", "the same words before there is a text", r"spam|unsolicited|junk", stages=BEFORE_TEXT),
    _rule(
        "content",
        "RFC 3463 x.6.x; Gmail 5.7.0; ClamAV; Exim acl_check_data",
        r"virus|malware|malicious|infected|attachment|content|header|mime|bare (?:lf|cr|line)|line length|banned|8bit|syntax",
        stages=TAKEN_TEXT,
    ),
    _rule("policy", "wordings without a reason", r"policy|policies|access denied|not (?:allowed|permitted|authori[sz]ed)|administrative|prohibited"),
)  # fmt: skip

# RFC 3463 x.3.2; RFC 5321 421: the relay itself goes away, whatever was asked of it.
RELAY_LEAVES = re.compile(
    r"shut(?:ting)? ?down|closing|restart|not accepting network|system (?:is )?(?:busy|not)|service not"
)
WANTS_PACE: frozenset[ReplyKind] = frozenset(("rate", "sending limit"))
