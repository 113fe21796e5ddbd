"""Connections that urllib3 keeps open, for arXiv and Slack: the direct ones, and those of each proxy."""

from __future__ import annotations

import logging
import threading
from functools import lru_cache
from ssl import SSLContext
from typing import Any

import urllib3

from digest.network import CertificateAuthorities, HttpProxy, find_authorities, find_proxy, make_context_of

logging.getLogger("urllib3").setLevel(logging.INFO)  # at debug level it logs addresses, some of which are secrets


class ConnectionPools:
    """For any number of threads. most: kept open with one host."""

    def __init__(self, most: int = 1) -> None:
        self._most = most
        self._managers: dict[HttpProxy | None, urllib3.PoolManager] = {}
        self._lock = threading.RLock()

    def manager(self, url: str) -> urllib3.PoolManager:
        """The connections that requests to this address take. Raises ConfigError, and urllib3's HTTPError."""
        if not url.lower().startswith(("https://", "http://")):
            raise urllib3.exceptions.LocationValueError("no web address")
        proxy = find_proxy(url)
        with self._lock:
            if proxy not in self._managers:
                self._managers[proxy] = self._make_manager(proxy)
            return self._managers[proxy]

    def close(self) -> None:
        """What is used afterwards is opened anew."""
        with self._lock:
            for manager in self._managers.values():
                manager.clear()

    def _make_manager(self, proxy: HttpProxy | None) -> urllib3.PoolManager:
        context = pools_context()
        given: dict[str, Any] = {"maxsize": self._most, "retries": False, "ssl_context": context}
        if proxy is None:
            return urllib3.PoolManager(**given)
        return urllib3.ProxyManager(proxy.url, proxy_headers=proxy.headers, proxy_ssl_context=context, **given)


def pools_context() -> SSLContext:
    """One for all pools: to read the authorities takes a tenth of a second. Raises ConfigError."""
    return _make_context(find_authorities())


@lru_cache(maxsize=2)
def _make_context(authorities: CertificateAuthorities) -> SSLContext:
    return make_context_of(authorities)
