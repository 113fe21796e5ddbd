"""The server against silent and slow strangers, over real sockets."""

from __future__ import annotations

import http.client
import resource
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from ipaddress import ip_network

import pytest
import requests

from store import Store
from tests.factories import web
from web.connections import ConnectionLimits
from web.server import WebService
from web.settings import WebSettings

HASTY = ConnectionLimits(head_seconds=0.5, body_seconds=0.5, body_most_seconds=1.0, unread_seconds=0.5)
ONE_BYTE_AT_A_TIME = 0.2  # seconds
MOST_SECONDS = 60.0  # until a test is given up
MCP_HEAD = (
    b"POST /mcp HTTP/1.1\r\nHost: localhost\r\nAccept: application/json, text/event-stream\r\n"
    b"Content-Type: application/json\r\nContent-Length: 300\r\n\r\n"
)


@contextmanager
def running(store: Store, **other: object) -> Iterator[WebService]:
    service = WebService(WebSettings(store, **other), port=0, limits=HASTY)
    service.start()
    try:
        yield service
    finally:
        service.stop()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with Store.open(tmp_path_factory.mktemp("server") / "store.db") as opened:
        web.fill(opened)
        yield opened


@pytest.fixture(scope="module")
def site(store: Store) -> Iterator[WebService]:
    with running(store) as service:
        yield service


def connect(site: WebService) -> socket.socket:
    return socket.create_connection((site.host, site.port), MOST_SECONDS)


def read_to_end(line: socket.socket) -> bytes:
    """All that comes until the server ends it."""
    got = b""
    try:
        while more := line.recv(65536):
            got += more
    except ConnectionResetError:
        pass
    return got


def drip(line: socket.socket, text: bytes) -> bytes:
    """Send it byte by byte until the server ends it; what it answered."""
    line.settimeout(ONE_BYTE_AT_A_TIME)
    got = b""
    for byte in text:
        try:
            line.send(bytes([byte]))
            if not (more := line.recv(65536)):
                return got
            got += more
        except TimeoutError:
            continue
        except (ConnectionResetError, BrokenPipeError):
            return got
    raise AssertionError("it took all of it")


def ask_for_ever(line: socket.socket, asks: bytes) -> None:
    while True:
        line.sendall(asks)


def test_silence_is_ended(site: WebService) -> None:
    with connect(site) as line:
        assert read_to_end(line) == b""


def test_a_head_that_drips_is_ended(site: WebService) -> None:
    with connect(site) as line:
        assert drip(line, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 300) == b""


def test_a_body_that_drips_is_ended(site: WebService) -> None:
    with connect(site) as line:
        line.sendall(MCP_HEAD)
        assert drip(line, b"x" * 299) == b""


def test_a_body_that_nobody_wants_is_not_awaited_for_long(site: WebService) -> None:
    with connect(site) as line:
        line.sendall(b"POST /nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: 300\r\n\r\n")
        assert drip(line, b"x" * 299).startswith(b"HTTP/1.1 404")


def test_a_reader_that_does_not_read_is_ended(site: WebService) -> None:
    with socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.settimeout(MOST_SECONDS)
        line.connect((site.host, site.port))
        asks = b"GET /editions/asr-2 HTTP/1.1\r\nHost: localhost\r\n\r\n" * 20
        with pytest.raises((ConnectionResetError, BrokenPipeError)):  # answers fill all buffers; then nothing is read
            ask_for_ever(line, asks)


def test_a_connection_is_kept_for_the_next_request(site: WebService) -> None:
    connection = http.client.HTTPConnection(site.host, site.port, timeout=MOST_SECONDS)
    ports = set()
    for _ in range(3):
        connection.request("GET", "/healthz")
        assert connection.getresponse().read() == b"ok\n"
        ports.add(connection.sock.getsockname()[1])
    connection.close()
    assert len(ports) == 1


def test_a_crowd_of_one_address_does_not_shut_it_out(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.server.connection_budget", lambda: 16)
    service = WebService(WebSettings(store), port=0)  # with deadlines that nobody reaches here
    service.start()
    with ExitStack() as crowd:
        crowd.callback(service.stop)
        lines = [crowd.enter_context(connect(service)) for _ in range(100)]
        assert requests.get(f"{service.url}/healthz", timeout=MOST_SECONDS).status_code == 200
        assert len(service._connections) <= 4
        assert read_to_end(lines[0]) == b""


def test_peers_of_a_trusted_proxy_share_no_place(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.server.connection_budget", lambda: 16)
    service = WebService(WebSettings(store, trusted_proxies=(ip_network("127.0.0.1"),)), port=0)
    service.start()
    with ExitStack() as crowd:
        crowd.callback(service.stop)
        lines = [crowd.enter_context(connect(service)) for _ in range(12)]
        for line in reversed(lines):
            line.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert line.recv(65536).startswith(b"HTTP/1.1 200")


def test_a_crowd_leaves_descriptors_for_all_else(store: Store, tmp_path) -> None:
    """In a process that may open 128 files."""
    code = """
import resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_NOFILE, (128, 128))
from store import Store
from web.server import WebService
from web.settings import WebSettings
with Store.open(Path(sys.argv[1])) as store:
    service = WebService(WebSettings(store), port=0)
    service.start()
    print(service.port, flush=True)
    sys.stdin.readline()
    with open("/dev/null"), open("/dev/null"):
        print("opened", flush=True)
    service.stop()
"""
    command = [sys.executable, "-c", code, str(tmp_path / "store.db")]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process, ExitStack() as crowd:
        assert process.stdout
        port = int(process.stdout.readline())
        for _ in range(300):
            crowd.enter_context(socket.create_connection(("127.0.0.1", port), MOST_SECONDS))
        assert requests.get(f"http://127.0.0.1:{port}/readyz", timeout=MOST_SECONDS).status_code == 200
        told, errors = process.communicate("\n", MOST_SECONDS)
    assert told.strip() == "opened"
    assert "out of system resource" not in errors
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] > 300
