"""What relays say when they refuse a mail, as data: wordings and codes, what they mean, and where each is from.

Invariant: words come before codes, and what names us before what names a mailbox: a relay that refuses its own client
with 5.1.1 must cost no reader the subscription. Patterns meet one line in small letters, in which addresses stand as
@to (the recipient), @us (the sender, or its domain) or @, and IPs as ip#.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from digest.ports import Blame
from store.text.lazy_pattern import compile_lazily

# What was refused: connection, TLS or authentication; MAIL; RCPT; DATA; the text after it.
SmtpStage = Literal["session", "sender", "recipient", "data", "content"]
ReplyKind = Literal[
    "session", "authentication", "encryption", "relaying", "sender", "greeting", "domain authentication", "block list",
    "account", "sending limit", "rate", "relay", "network", "policy", "grey list", "blocked by reader", "mailbox",
    "mailbox limit", "no route", "spam", "size", "content", "unclear text", "unclear",
]  # fmt: skip


@dataclass(frozen=True)
class Meaning:
    """Of a permanent reply. ends: the delivery fails; else it waits. step: what an operator does."""

    blames: Blame
    ends: bool = False
    is_clear: bool = True
    step: str = ""


URL_NAME = "PAPERROUTE_MAIL__URL"  # where an operator writes the address of the relay
_ASK = "Ask whoever runs the relay what its words mean."
MEANINGS: Mapping[ReplyKind, Meaning] = {
    "session": Meaning("relay", step=f"Check {URL_NAME}; if it is right, ask whoever runs the relay."),
    "authentication": Meaning("relay", step=f"Check user and password in {URL_NAME}."),
    "encryption": Meaning("relay", step=f"Use a port with STARTTLS, or smtps://, in {URL_NAME}."),
    "relaying": Meaning(
        "relay", step=f"Give user and password in {URL_NAME}, or have the relay let this machine send."
    ),
    "sender": Meaning("sender", step="Set mail.from and mail.bounce to addresses that the relay lets you send from."),
    "greeting": Meaning("relay", step="Set mail.ehlo to a full host name that DNS has for this machine's address."),
    "domain authentication": Meaning("sender", step="Set up what it names of SPF, DKIM and DMARC for mail.from."),
    "block list": Meaning("relay", step="Have the sending address taken off the list it names, or use another relay."),
    "account": Meaning("relay", step="Look at your account with whoever runs the relay."),
    "sending limit": Meaning("relay", step="Wait until the relay's limit ends, or have it raised."),
    "rate": Meaning("relay", step="Set mail.per_minute below what the relay allows."),
    "relay": Meaning("relay", is_clear=False, step=_ASK),
    "network": Meaning("relay", is_clear=False, step=_ASK),
    "policy": Meaning("relay", is_clear=False, step=_ASK),
    "grey list": Meaning("domain", is_clear=False),
    "blocked by reader": Meaning("recipient", ends=True, is_clear=False),
    "mailbox": Meaning("recipient", ends=True),
    "mailbox limit": Meaning("recipient"),  # RFC 3463, x.2.2: it passes, when its owner reads
    "no route": Meaning("recipient", ends=True, is_clear=False, step="Check that the relay reaches other domains."),
    "spam": Meaning("content", ends=True, step="It was taken for spam: set up SPF, DKIM and DMARC for mail.from."),
    "size": Meaning("content", ends=True, step="The mail is too large for the relay: set a shorter survey.length."),
    "content": Meaning("content", ends=True, step="The relay does not take this text: its words say why."),
    "unclear text": Meaning("content", ends=True, is_clear=False, step=_ASK),
    "unclear": Meaning("recipient", ends=True, is_clear=False, step=_ASK),
}

# RFC 3463 and IANA's registry, without the class: (subject, detail); then of a subject.
KIND_BY_CODE: Mapping[tuple[int, int], ReplyKind] = {
    (1, 1): "mailbox", (1, 2): "mailbox", (1, 3): "mailbox", (1, 6): "mailbox", (1, 10): "mailbox",  # 1.10: RFC 7505
    (1, 7): "sender", (1, 8): "sender",
    (2, 1): "mailbox", (2, 2): "mailbox limit", (2, 3): "size",
    (3, 4): "size", (4, 5): "sending limit",  # 4.5: Gmail's daily limit
    (7, 8): "authentication", (7, 13): "account",  # RFC 4954, 5248
    (7, 10): "encryption", (7, 11): "encryption", (7, 12): "authentication", (7, 30): "encryption",
    (7, 20): "domain authentication", (7, 21): "domain authentication", (7, 22): "domain authentication",  # RFC 7372
    (7, 23): "domain authentication", (7, 24): "domain authentication", (7, 26): "domain authentication",
    (7, 29): "domain authentication", (7, 515): "domain authentication",
    (7, 25): "greeting", (7, 27): "sender", (7, 28): "rate",
}  # fmt: skip
KIND_BY_SUBJECT: Mapping[int, ReplyKind] = {3: "relay", 4: "network", 5: "relay", 6: "content", 7: "policy"}
# Codes that ask for another session than ours: TLS or authentication first, credentials refused (RFC 3207, 4954).
KIND_BY_REPLY: Mapping[int, ReplyKind] = {
    421: "session", 454: "session", 500: "session", 502: "session", 503: "session",
    523: "encryption", 530: "authentication", 534: "authentication", 535: "authentication", 538: "encryption",
    552: "size", 556: "mailbox",  # RFC 7504
}  # fmt: skip

_TEXT: frozenset[SmtpStage] = frozenset(("data", "content"))
_NO_TEXT: frozenset[SmtpStage] = frozenset(("session", "sender", "recipient"))


@dataclass(frozen=True)
class WordRule:
    kind: ReplyKind
    source: str
    pattern: re.Pattern[str]
    stages: frozenset[SmtpStage] = _TEXT | _NO_TEXT


def _alone(words: str) -> str:
    """Words of their own, not a part of a name: spf, but neither spf.example.org nor no-spf."""
    return rf"(?<![\w.@-])(?:{words})(?![\w@-]|\.\w)"


# What the patterns below share; blanks in them count.
_PARTS = {
    "gap": r"(?:[^.;:]|\.(?=\w)){0,40}?",  # within a part of a sentence
    "refused": r"(?:reject|refus|den(?:y|ied)|block|bann|disallow|invalid|prohibit|forbid|fail|suspend|restrict|disabl|"
    r"empty|(?:not|n.t) (?:be )?(?:permit|allow|accept|authori[sz]|found|valid|exist|known|owned|local|resolv|on ))",
    "not": r"(?:not|n.t|un|never|cannot|can not|no longer)",
    "box": r"(?:user|recipient|mail ?box|account|(?<!ip )(?<!ip-)address|alias|addressee|local part|inbox|mail ?drop|"
    r"person|customer|@to)",
    "gone": r"(?:unknown|doesn.t have|"
    r"(?:is |was |could |can |be |has |been )*(?:not|n.t) (?:be )?(?:an? )?(?:found|exist|known|valid|"
    r"listed|available|recogni[sz]ed|active|present|local|ok)|does ?n.t exist|invalid|non-?existent|disabled|inactive|"
    r"deactivated|closed|expired|suspended|deleted|removed|un?ava?iable|unavailable|no longer|terminated|frozen|"
    r"discontinued|archived)",
}


def _rule(kind: ReplyKind, source: str, *words: str, stages: frozenset[SmtpStage] = _TEXT | _NO_TEXT) -> WordRule:
    pattern = "|".join(words)
    for name, part in _PARTS.items():
        pattern = pattern.replace(f"<{name}>", part)
    return WordRule(kind, source, compile_lazily(pattern), stages)


# In order: the first found counts.
WORD_RULES: tuple[WordRule, ...] = (
    _rule(
        "blocked by reader",
        "Exchange 5.7.1 RESOLVER.RST; Yahoo, Mimecast: a reader's own list",
        r"(?:block|blacklist|den|reject|filter)\w* by (?:the |this )?(?:recipient|user|addressee|mailbox owner)\b"
        r"(?!(?:'s)? (?:e?-?mail )?(?:server|system|domain|mta|host|policy|gateway|provider))",
        r"(?:recipient|user|addressee) (?:has |have )?(?:blocked|blacklisted|rejected|refuses to accept) "
        r"(?:you|the sender|this sender|mail|messages)",
        r"resolver\.rst|recipient preferences|only accepts? (?:mail|messages) from",
    ),
    _rule(
        "domain authentication",
        "RFC 7208, 7372, 7489; Gmail 5.7.26; Outlook.com 5.7.515",
        _alone("spf|dkim|dmarc|arc|sender ?id|domainkeys|sender policy framework|spf\\.pobox\\.com"),
        r"(?:sender|mail|message|domain) is un-?authenticated|un-?authenticated (?:e-?mail|mail|message|sender)",
        r"authentication (?:level|results?|checks?|information)",
    ),
    _rule(
        "encryption",
        "RFC 3207, 8314; Postfix, Exim",
        r"starttls",
        r"(?:tls|ssl|encryption|encrypted connection) (?:is |connection )?(?:required|needed|mandatory)",
        r"(?:require|need|must use)s? (?:tls|ssl|encryption|an? encrypted)",
    ),
    _rule(
        "greeting",
        "Postfix reject_*_helo_hostname, reject_unknown_*_client_hostname; Exim 4.96 HELO syntax; RFC 5321, 4.1.4",
        _alone("helo|ehlo|rdns|ptr|fcrdns"),
        r"reverse[ -](?:dns|host ?name|lookup|mapping)",
        r"(?:find|resolve|verify|look up) your (?:reverse )?(?:host ?name|name|address)",
        r"unresolvable relay|dns lookup failure|unverif\w+ sending|invalid hostname|hostname in greeting",
    ),
    _rule(
        "relaying",
        "Exim, Postfix, sendmail, Exchange 5.7.54 and 5.7.64, qmail rcpthosts; Debian's exim4-config",
        r"relay(?:ing|ed)?(?: (?:access|mail|is|was|has been|attempt|operation|through|via|to|for|by|from|[@\w.-]+))"
        r"{0,6}? <refused>",
        r"<not> (?:be )?(?:able |permitted |allowed |authori[sz]ed |configured )?(?:to |as )?(?:an? )?(?:open )?relay",
        r"(?:will|do|does|can|could|would|is|are|unable)(?: not|n.t|not)?(?: (?:to|allow|allowed|permitted))* relay\b",
        r"(?:reject|refus|prohibit|den)\w*(?: to)? relay|relay(?:ing)? (?:not|denied|prohibited|refused)|no relay",
        r"(?:denied|unauthori[sz]ed):? relay|foreign domain|unknown client|client (?:is )?not|rel\S{1,2} no permitid",
        r"(?:insecure|open) (?:mail )?relay|as a relay|rcpthost|mailing to remote domains|tenantattribution",
        r"(?:do not|don.t) (?:handle|accept|relay) (?:mail|e-?mail) for|not (?:a gateway|local host)",
        r"client host<gap> (?:rejected|denied|refused)|relais (?:refus|non|interdit|pas)",
        r"(?:relay|reenv\S{1,2}o)\w* (?:denegad|no permitid|verweigert|abgelehnt|nicht|n\S{1,2}o|negat|non|rifiut)",
        r"weiterleit<gap>(?:nicht|verweigert|abgelehnt)|中继|转发|中継",
    ),
    _rule("unclear", "Postfix reject_unverified_recipient", r"recipient address rejected: unver"),
    _rule(
        "sender",
        "RFC 3463 x.1.7, x.1.8; Postfix reject_*_sender; Exim verify = sender; Exchange 5.7.60, 5.2.252; SES, SendGrid",
        r"(?<!\w)(?:sender|from|return[ -]path|reverse[ -]path|mail ?from|originator)(?:'s)?:?(?: (?:e-?mail|mail|"
        r"address|domain|name|header|field|is|was|has|been|have|are|be|identity|@\w*)){0,6} ?<refused>",
        r"(?:bad|bogus|invalid|valid|unknown|unauthori[sz]ed|unverified|forged|spoofed|illegal|blocked|un\w*able)"
        r" (?:envelope )?(?:mail |e-?mail )?(?:sender|return[ -]path|reverse[ -]path|from(?: address| header)?\b)",
        r"sender(?:'s)? (?:address |domain |e-?mail )?(?:verif|unknown|must|does|do not|not|needs|has no|can|could)",
        r"sender(?:'s)? (?:mailbox|domain)|(?:verify|permitted|mx for|of the) sender|sending domain",
        r"(?:path|from) domain|permission to (?:send|submit)|domain of sender|sendasdenied",
        r"send (?:mail |e-?mail |messages? )?(?:as|on behalf|from) (?:this|that|the|a)",
        r"(?:not|n.t|un)[ -]?(?:be )?(?:allowed|permitted|authori[sz]ed|entitled) to (?:send|use|submit|deliver)",
        r"not owned by user|<not>[ -]?(?:yet )?(?:been )?verified|verified (?:sender|domain|address|identit)",
        r"call-?(?:back|out) verif|verification fail|from (?:address|header|domain|field)|sending this from",
        r"your (?:sending |e-?mail )?(?:domain|address|identity|from)\b|domain (?:is )?not allowed|purported res",
        r"absender|exp\S{1,2}diteur|\S{1,2}metteur|remitente|mittente|remetente|afzender|avs\S{1,2}ndare",
        r"отправител|发件人|发信人|送信者|送信元|差出人|발신자|보낸",
    ),
    _rule(
        "authentication",
        "RFC 4954; Exchange 5.7.3 and 5.7.57; Gmail 5.7.8; Postfix; qmail",
        r"auth(?:entication|orization)?(?: is)? (?:required|fail|needed|unsuccessful|first|error|cred|turned on)",
        r"(?:must|need to|please|should|have to|was not|not|un)[ -]?(?:be )?(?:authenticate|log ?in\b|logged in)",
        r"requires? (?:smtp )?authentication|pop3?[ -]before[ -]smtp|password not accepted|authentif",
        r"turn on smtp|offers no auth",
        r"(?:invalid|bad|wrong|incorrect) (?:login|credentials|user ?name|password)",
        r"(?:login|sign-?in) (?:required|denied|failed)|anmeldung|identification requise|autenticaci\S{1,2}n",
        _alone("smtp[ -]?auth"),
    ),
    _rule(
        "mailbox limit",
        "Gmail 4.2.1, of a mailbox's own rate",
        r"(?:user|recipient|mailbox|account)<gap> receiving (?:mail|messages) (?:too|at a)|^receiving mail at a rate",
    ),
    _rule(
        "account",
        "Mailgun, SendGrid, SparkPost, Postmark, SES, Exchange 5.7.501",
        r"your (?:access|account|subscription|plan|organi[sz]ation|tenant|mailbox|license)|account (?:is )?under rev",
        r"(?:free|trial|sandbox) (?:account|plan|domain|sub)|billing|unpaid|maximum credits|authori[sz]ed recipients",
        r"account not subscribed",
    ),
    _rule(
        "sending limit",
        "Gmail 5.4.5; Exchange 5.1.90, 5.2.0; SES 454; cPanel's Exim",
        r"(?:daily|hourly|monthly|weekly|sending|outgoing|outbound|sender(?:'s)?|submission|send)"
        r" (?:\w+ ){0,2}(?:limit|quota|allowance|cap\b)",
        r"quota (?:is |was |has been )?(?:exceeded|full) (?:for|of|by) (?:the |this )?sender|sending rate",
        r"(?:messages?|recipients?|mails?|e-?mails?|failures) (?:per|an?|each) (?:day|hour|minute|second|24)",
        r"you(?: have|'ve)? (?:already )?(?:exceed|reached)|you(?: have|'ve) sent (?!to)",
        r"exceeded your|your (?:quota|limit)",
    ),
    _rule(
        "rate",
        "RFC 3463 x.7.28; Gmail 4.7.28; Postfix anvil; Yahoo TSS04; Outlook.com RP-001",
        r"rate[ -]?limit|(?<!\w)rate(?!\w)<gap>(?:exceed|limit|too|high|unusual|control)|unusual rate|throttl|congest",
        r"too many (?!hops)|slow(?:ing)? down|slower|too (?:fast|quickly|frequent|much mail)|unexpected volume",
        r"(?:concurren\w*|simultaneous|connection)s? (?:\w+ )?(?:limit|exceed)|trop de (?:connexions|messages)",
    ),
    _rule(
        "block list",
        "Postfix reject_rbl_client; Exim dnslists; Outlook.com S3140, 5.7.606; Spamhaus, Barracuda, Proofpoint, Yahoo",
        r"block(?:ed|ing)? (?:using|at|via)|(?<!not )(?<!n't )listed (?:at|in|on|by|as)|(?:is|are|been) listed",
        r"black[ -]?list|block[ -]?list|deny[ -]?list|liste noire|lista negra|schwarze liste|黑名单|ブラックリスト",
        _alone("dnsbl|rbl|spamhaus|spamcop|sorbs|barracuda|cloudmark|senderscore|proofpoint|abusix|mailspike"),
        r"(?:barracudacentral|abuseat|spamhaus|spamcop)\.(?:org|net)|(?<!\w)reputation(?!\w|\.\w)|user complaints",
        r"(?:your|sending|client(?:'s)?|connecting|source|remote|sender(?:'s)?|mail|this|the|bad) (?:\w+ )?"
        r"(?:ips?|server ip|host|network|isp|mta|machine)\b<gap>(?:<refused>|list|block|profile)",
        r"your (?:\w+ )?(?:ip|server|host|network|isp|provider|mta|machine|system)\b|mail server (?:ip|at|has)",
        r"(?:mail|messages?|connections?|e-?mails?|traffic|access|smtp) (?:\w+ ){0,4}from "
        r"(?:you|your|this|the|that|ip|host|mail server|server|ip#|\S+ (?:refused|rejected|denied|blocked))",
        r"(?<!\w)(?:ip|ip#)(?!\w)<gap><refused>",
        r"(?:block|bann|reject|denied|refus)\w* (?:\w+ ){0,4}ip\b|(?:bad|invalid) ip",
        r"connections? (?:\w+ )?(?:refused|rejected|denied|blocked|dropped|reset)|not accepting (?:connection|mail)",
        r"(?:sending|source of|sent) (?:\w+ )?spam|spam(?:ming)? (?:source|host|server)",
        r"(?:open|anonymous) proxy|dynamic|residential|dial-?up|(?:mail|e-?mail) (?:was |is )?blocked by",
        r"(?<!thank )you(?: are|'re| have been)? (?:\w+ )?(?:banned|blocked|listed|denied|rejected|not wel)|go away",
        r"(?:ihre|deine) ip|votre (?:ip|adresse)|su (?:ip|direcci\S{1,2}n|servidor)|vostro ip|seu ip|ваш ip|您的ip",
    ),
    _rule("grey list", "RFC 6647; Postgrey, Exim", r"gr[ea]y[ -]?list"),
    _rule(
        "mailbox limit",
        "RFC 3463 x.2.2; RFC 5321 552; Exchange, Dovecot, Gmail 5.2.2",
        r"(?:over|exceed\w*|out of|full|beyond)<gap>(?<!\w)quota|quota<gap>(?:exceed|full|over|reach|depass|superad)",
        r"(?:mail ?box|inbox|account|recipient|postfach|maildir|folder)<gap>(?:full|voll|pleine|llen|piena|cheia)\b",
        r"full mailbox|(?:over|out of|exceed\w*|insufficient)(?: \w+){0,3} (?<!system )storage",
    ),
    _rule(
        "unclear",
        "Exchange Online 5.4.1, a recipient that is not in the directory; RFC 5321, 553",
        r"recipient address rejected: access|mailbox name not allowed",
    ),
    _rule(
        "mailbox",
        "RFC 5321 550, 551; Postfix, Exim, Exchange 5.1.10, Gmail 5.1.1 and 5.2.1, Yahoo, Domino, qmail, sendmail",
        r"(?<!\w)<box>s?(?!\w)<gap>(?<!\w)<gone>|(?<!\w)<box>\W{0,5}@?\w* ?(?:does not|doesn.t|do not|not|n.t) exist",
        r"(?:unknown|invalid|no such|non-?exist\w*|bad|inactive|disabled|unrecogni[sz]ed|not an? "
        r"(?:valid|known|local|active|registered)|no|deactivated|archived)"
        r" (?:\w+ ){0,2}?(?:user|recipient|mail ?box|address|alias|account by|"
        r"local part|mail ?drop|person at|customer)\b",
        r"no (?:mailbox|such (?:user|person|address|mail ?drop|recipient|account))|userunknown|recipient ?not ?found",
        r"(?:nobody|no one) (?:here |at )?(?:by that|with that|by the|this)|doesn.t have an? [\w.]+ account",
        r"badrcptto|not our (?:user|customer)",
        r"null mx|domain does not accept (?:any )?(?:mail|e-?mail)|recipient address rejected: need fully-qualified",
        r"(?:empf\S{1,2}nger|benutzer|postfach|adresse)<gap>(?:unbekannt|existiert nicht|nicht (?:gef|vorh|bek))",
        r"unbekannter? (?:empf|benutzer|adresse)",
        r"(?:utilisateur|destinataire|adresse|bo\S{1,2}te)<gap>(?:inconnu|inexistant|n.existe pas|introuvable|archiv)",
        r"(?:usuari|usu\S{1,2}ri|destinatari|destinat\S{1,2}ri|buz\S{1,2}n|cuenta|direcci\S{1,2}n|utent|casella|conta|"
        r"indirizz)<gap>(?:desconocid|no existe|n\S{1,2}o existe|inexist|sconosciut|desconhecid|non esist|no enc)",
        r"no existe (?:ese|el|este|dicha|la) |nessun utente|nie istnieje|nie ma takiego|onbekende? gebruiker",
        r"(?:пользовател|ящик|получател|адрес)<gap>(?:не (?:найден|существует)|неизвест|отключ)|нет такого",
        r"(?:用户|收件人|邮箱|帐号|账号|使用者|收件者)<gap>(?:不存在|未找到|无效|禁用|不正確)",
        r"(?:宛先|ユーザー?|メールボックス|受信者|アドレス)<gap>(?:不明|存在しません|見つかりません|無効)|존재하지 않",
    ),
    _rule(
        "no route",
        "Exim routers; Postfix 5.4.4; sendmail",
        r"unrout(?:e)?able|(?<!\w)(?:domain|host)\b<gap>(?:not found|not exist)|no mx|all relevant mx records",
    ),
    _rule(
        "size",
        "RFC 1870; RFC 3463 x.2.3, x.3.4",
        r"too (?:large|big|long)|size<gap>(?:exceed|limit|maxim|larger|over)|exceed<gap>size",
    ),
    _rule(
        "spam",
        "RFC 5321 554; Gmail 5.7.1; SpamAssassin, Rspamd, Barracuda",
        r"spam|unsolicited|junk|bulk mail|phish|(?:url|link|uri)s?<gap>(?:listed|block)",
        stages=_TEXT,
    ),
    _rule("block list", "the same words before there is a text", r"spam|unsolicited|junk", stages=_NO_TEXT),
    _rule(
        "content",
        "RFC 3463 x.6.x; Gmail 5.7.0; ClamAV; Exim acl_check_data",
        r"virus|malware|malicious|infected|attachment|content|header|mime|bare (?:lf|cr|line)|line length|8bit",
        stages=_TEXT,
    ),
)
# Words that only say no: they make what a code says unclear, and no code's verdict worse for a reader.
WEAK_RULES: tuple[WordRule, ...] = (
    _rule(
        "policy",
        "a rule that is not told; Exim's default deny",
        r"polic(?:y|ies)|access denied|not (?:allowed|permitted|authori[sz]ed)|administrative|prohibited|security",
    ),
    _rule(
        "unclear", "no reason", r"(?<!recipient )(?<!address )(?:block|reject|refus|den(?:y|ied)|ban)|not accept|batv"
    ),
)
# What may name us, in words that no rule above knows: then a mailbox's words, or its code, are not clear.
MAY_NAME_US = compile_lazily(
    _alone(
        r"senders?|sender's|mail from|originat\w+|return[ -]path|reverse[ -]path|relay\w*|helo|ehlo|greeting|hostname|"
        r"client|your (?:ip|host\w*|server|domain|account|network)|black\w*|block\w*|spam\w*|reputation|polic\w+|"
        r"permi\w+|authenti\w+|authori\w+|quota|limit\w*|verif\w+|spf|dkim|dmarc|banned|denied|throttl\w*"
    )
)
# RFC 3463 x.3.2; RFC 5321 421: the relay itself goes away, whatever was asked of it.
RELAY_LEAVES = compile_lazily(r"shut(?:ting)? ?down|closing|restart|not accepting network|system (?:is )?(?:busy|not)")
WANTS_PACE: frozenset[ReplyKind] = frozenset(("rate", "sending limit"))
