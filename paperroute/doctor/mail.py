"""Doctor of mail: the relay by a test mail; SPF, DKIM and DMARC by DNS.

Invariant: what could not be looked up is said to be unknown, never right or wrong. No other module knows a resolver.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime

import dns.exception
import dns.resolver

from digest.errors import PaperRouteError
from digest.mail.channel import MailTransport
from digest.mail.dkim_signature import is_signature_valid
from digest.mail.message import MailMessage
from digest.mail.smtp import Relay
from digest.ports import Finding, Receipt
from paperroute.compose import mail
from paperroute.config.load import Config
from paperroute.config.mail import URL

# A name -> its TXT records; None where no name server answered, so that nothing is known.
TxtLookup = Callable[[str], tuple[str, ...] | None]
_DNS_TIMEOUT_SECONDS = 6.0  # for one name
_DNS_HINT = "Ask where name servers can be reached, for example with: dig TXT"
_SECURITY_NAMES = {"tls": "TLS", "starttls": "STARTTLS", "plain": "no TLS"}


def make_txt_lookup(resolver: dns.resolver.Resolver) -> TxtLookup:
    """Look-ups through this resolver."""

    def look(name: str) -> tuple[str, ...] | None:
        try:
            answer = resolver.resolve(name, "TXT", lifetime=_DNS_TIMEOUT_SECONDS, raise_on_no_answer=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return ()
        except (dns.exception.DNSException, OSError):
            return None
        return tuple(b"".join(record.strings).decode("utf-8", "replace") for record in answer)

    return look


def system_txt_lookup() -> TxtLookup:
    """Through the system's name servers; where it has none, nothing is known of any name."""
    try:
        return make_txt_lookup(dns.resolver.Resolver())
    except dns.exception.DNSException:
        return lambda _: None


def examine_mail(
    config: Config, environment: Mapping[str, str], to: str, lookup: TxtLookup | None = None
) -> Iterator[Finding]:
    """to: whom a test mail goes, "" for none."""
    try:
        relay = mail.read_relay(config.mail, environment)
        yield _check_relay(config, relay)
        seal = mail.make_signer(config.mail, environment)
        if relay and not config.web.base_url.startswith("https://"):
            step = "Set web.base_url to where your archive is reached with https."
            yield Finding("mail", "warn", "no button “Unsubscribe” in mail programs: it needs an https address", step)
        if to:
            letter = seal(mail.make_notice_mail(config).probe(to, datetime.now(UTC).replace(microsecond=0)))
            yield _send_test_mail(mail.make_transport(config, environment), letter)
            yield from _check_domain(config, letter, lookup or system_txt_lookup(), relay)
    except PaperRouteError as error:
        yield Finding("mail", "fail", error.message, error.hint)


def _check_relay(config: Config, relay: Relay | None) -> Finding:
    sender = config.mail.author
    if relay is None:
        step = f"Set {URL} to have them sent."
        return Finding("mail", "warn", f"no relay: mails become files in {mail.mail_folder(config)}", step)
    user = f", as {relay.user}" if relay.user else ""
    detail = f"{relay.host}:{relay.port} with {_SECURITY_NAMES[relay.security]}{user}, from {sender.address.addr_spec}"
    if "." not in sender.domain:
        return Finding("mail", "warn", detail, "Set mail.from to an address of a domain of yours.")
    return Finding("mail", "ok", detail)


def _send_test_mail(transport: MailTransport, letter: MailMessage) -> Finding:
    """One mail, and the relay's own words."""
    receipt = transport.post(letter)
    transport.close()
    if receipt.state == "sent":
        return Finding("test mail", "ok", f"for {letter.recipient}: {receipt.detail}")
    return Finding("test mail", "fail", f"for {letter.recipient}: {receipt.detail}", _step(receipt))


def _step(receipt: Receipt) -> str:
    if receipt.state == "uncertain":
        return "Look whether it came; the relay took the text but did not answer."
    if receipt.blames == "recipient" and receipt.is_clear:
        return "The relay works, but does not take this address: try another."
    if receipt.blames == "recipient":
        return "Try another address; if the relay refuses that, too, ask whoever runs it."
    return receipt.step or f"Check {URL}."


def _check_domain(config: Config, letter: MailMessage, lookup: TxtLookup, relay: Relay | None) -> Iterator[Finding]:
    """What receivers look for in DNS, in the order in which one sets it up."""
    author = config.mail.author
    if relay is None or "." not in author.domain:
        return
    returns = letter.sender.rpartition("@")[2]
    yield _check_spf(returns, lookup)
    yield _check_dkim(config, letter, lookup)
    yield _check_dmarc(author.domain, lookup)
    if not any(_is_aligned(author.domain, other) for other in (returns, config.mail.dkim_domain)):
        step = f"Set mail.bounce to an address at {author.domain}, or sign for it with DKIM."
        yield Finding("DMARC", "warn", f"mails are from {author.domain} but come back to {returns}", step)


def _check_spf(domain: str, lookup: TxtLookup) -> Finding:
    records = lookup(domain)
    if records is None:
        return _unknown_finding("SPF", domain)
    found = [record for record in records if record.lower().split(" ")[0] == "v=spf1"]
    step = f'Publish one TXT record at {domain}: "v=spf1 include:YOUR.RELAY ~all" (your relay says which).'
    if not found:
        return Finding("SPF", "fail", f"{domain} has no SPF record", step)
    if len(found) > 1:
        return Finding("SPF", "fail", f"{domain} has {len(found)} SPF records, so none counts", "Make one of them.")
    if "+all" in found[0] or found[0].endswith(" all"):
        return Finding("SPF", "fail", f"{domain} lets everyone send: {found[0][:200]}", "End it with ~all or -all.")
    return Finding("SPF", "ok", f"{domain}: {found[0][:200]}", "Check that it covers your relay.")


def _check_dkim(config: Config, letter: MailMessage, lookup: TxtLookup) -> Finding:
    """Where we sign: whether the published key fits. Where the relay does: only a received mail can tell."""
    domain, selector = config.mail.dkim_domain, config.mail.dkim_selector
    if not domain:
        step = "In the test mail's source, look for dkim=pass; if it is not there, have the relay sign."
        return Finding("DKIM", "ok", "not signed here: the relay has to", step)
    name = f"{selector}._domainkey.{domain}"
    records = lookup(name)
    if records is None:
        return _unknown_finding("DKIM", name)
    keys = [record for record in records if "p=" in record]
    if not keys:
        step = f'Publish a TXT record at {name}: "v=DKIM1; k=rsa; p=..." with the public key of your key file.'
        return Finding("DKIM", "fail", f"{name} has no key", step)
    if is_signature_valid(letter, keys[0]):
        return Finding("DKIM", "ok", f"{name} has the key that mails are signed with")
    return Finding("DKIM", "fail", f"the key at {name} is not the one that mails are signed with", "Publish its own.")


def _check_dmarc(domain: str, lookup: TxtLookup) -> Finding:
    """Of the domain itself, or of the nearest one above it that has a record."""
    labels = domain.split(".")
    for at in range(len(labels) - 1):
        name = "_dmarc." + ".".join(labels[at:])
        records = lookup(name)
        if records is None:
            return _unknown_finding("DMARC", name)
        found = [record for record in records if record.lower().replace(" ", "").startswith("v=dmarc1")]
        if len(found) == 1:
            return Finding("DMARC", "ok", f"{name}: {found[0][:200]}")
        if found:
            return Finding("DMARC", "fail", f"{name} has {len(found)} records, so none counts", "Leave one.")
    step = f'Publish a TXT record at _dmarc.{domain}: "v=DMARC1; p=none; rua=mailto:you@{domain}".'
    return Finding("DMARC", "fail", f"{domain} has no DMARC record", step)


def _unknown_finding(part: str, name: str) -> Finding:
    return Finding(part, "warn", f"unknown: no name server answered for {name}", f"{_DNS_HINT} {name}")


def _is_aligned(one: str, other: str) -> bool:
    """Of one domain, or one below the other: relaxed alignment, but for domains side by side."""
    return bool(other) and (one == other or one.endswith(f".{other}") or other.endswith(f".{one}"))
