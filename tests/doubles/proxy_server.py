"""Stand-ins of what stands between us and a server: an HTTP proxy, and the TLS that a server speaks.

    with TlsFront(server_port, certificate) as front, ProxyServer(front.port, login="ada:s3cret") as proxy:
        proxy.url
        proxy.asked      # the first line of each request: "CONNECT arxiv.example:443 HTTP/1.1"

Whatever host the proxy is asked for, it goes to the one port that it was given, so that no name has to be known.
"""

import socket
import ssl
import threading
from base64 import b64encode
from contextlib import suppress
from typing import Self


class _Front:
    """Serves between enter and exit; each connection is handed to `_serve` in a thread."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._open: list[socket.socket] = []

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for one in self._open:
            one.close()

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._begin, args=(client,), daemon=True).start()

    def _begin(self, client: socket.socket) -> None:
        with suppress(OSError):
            self._serve(client)

    def _serve(self, client: socket.socket) -> None:
        raise NotImplementedError

    def _join(self, client: socket.socket, first: bytes = b"") -> None:
        server = socket.create_connection(("127.0.0.1", self._target))
        self._open += [client, server]
        server.sendall(first)
        threading.Thread(target=_pipe, args=(server, client), daemon=True).start()
        _pipe(client, server)


class TlsFront(_Front):
    """certificate: the paths of certificate and key."""

    def __init__(self, target: int, certificate: tuple[str, str]) -> None:
        super().__init__(target)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(*certificate)

    def _serve(self, client: socket.socket) -> None:
        self._join(self._context.wrap_socket(client, server_side=True))


class ProxyServer(_Front):
    """login: "user:password" where it wants one. refuses: it makes no connection on."""

    def __init__(self, target: int, *, login: str = "", refuses: bool = False) -> None:
        super().__init__(target)
        self._login, self._refuses = login, refuses
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://{f'{self._login}@' if self._login else ''}127.0.0.1:{self.port}"

    def _serve(self, client: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            head += client.recv(1) or _gone()
        line = head.decode("latin-1").splitlines()[0]
        self.asked.append(line)
        token = b64encode(self._login.encode())
        if self._refuses or (self._login and b"basic " + token.lower() not in head.lower()):
            client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            client.close()
        elif line.startswith("CONNECT "):
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            self._join(client)
        else:
            self._join(client, head)


def _gone() -> bytes:
    raise ConnectionResetError


def _pipe(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65_536):
            sink.sendall(data)
    for end in (source, sink):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
