"""TXT records by DNS, for doctor. The only place that knows a resolver."""

from __future__ import annotations

from collections.abc import Callable

import dns.exception
import dns.resolver

# A name -> its TXT records; None where no name server answered, so that nothing is known.
Lookup = Callable[[str], tuple[str, ...] | None]
_PATIENCE = 6.0  # seconds for one name


def texts_of(resolver: dns.resolver.Resolver) -> Lookup:
    """Look-ups through this resolver."""

    def look(name: str) -> tuple[str, ...] | None:
        try:
            answer = resolver.resolve(name, "TXT", lifetime=_PATIENCE, raise_on_no_answer=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return ()
        except (dns.exception.DNSException, OSError):
            return None
        return tuple(b"".join(record.strings).decode("utf-8", "replace") for record in answer)

    return look


def system_texts() -> Lookup:
    """Through the system's name servers; where it has none, nothing is known of any name."""
    try:
        return texts_of(dns.resolver.Resolver())
    except dns.exception.DNSException:
        return lambda _: None
