"""A real Exim on loopback, of its own configuration and spool: started for each connection, as inetd would."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

EXIM = shutil.which("exim4") or shutil.which("exim", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/exim/bin")

# What it refuses is what Exim's own default configuration and Debian's refuse, in their words; what an operator adds
# stands in `refusals`, by the local part of the sender.
_CONFIGURATION = """
exim_path = {exim}
spool_directory = {folder}/spool
log_file_path = {folder}/log/%s
primary_hostname = relay.example
qualify_domain = local.example
keep_environment =
never_users =
queue_only = true
message_size_limit = 200K
smtp_accept_max_per_connection = 1000
domainlist local_domains = local.example
acl_smtp_helo = check_helo
acl_smtp_rcpt = check_rcpt
acl_smtp_data = check_data

begin acl
check_helo:
  deny    condition = ${{if eq{{$sender_helo_name}}{{localhost}}}}
          message = Access denied - Invalid HELO name (See RFC2821 4.1.1.1)
  accept
check_rcpt:
  deny    senders = ^rcpt-.*
          message = ${{lookup{{$sender_address_local_part}}lsearch{{{folder}/refusals}}}}
  require verify = sender
  accept  domains = +local_domains
          endpass
          verify = recipient
  deny    message = relay not permitted
check_data:
  deny    senders = ^data-.*
          message = ${{lookup{{$sender_address_local_part}}lsearch{{{folder}/refusals}}}}
  accept

begin routers
senders:
  driver = redirect
  senders = :
  domains = +local_domains
  local_parts = ^digests : ^rcpt-.* : ^data-.*
  data = :blackhole:
readers:
  driver = redirect
  domains = +local_domains
  local_parts = ada : bob : jürgen : digests : ^reader.*
  data = :blackhole:
  cannot_route_message = Unknown user
"""


class Exim:
    """refusals: what it says to a sender whose local part begins with rcpt- or data-, at that stage."""

    def __init__(self, refusals: Mapping[str, str]) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="exim-"))  # pytest's own folders are closed to Exim's user
        for name in ("spool", "log"):
            (self._folder / name).mkdir()
        said = "".join(f"{name}: {words}\n" for name, words in refusals.items())
        (self._folder / "refusals").write_text(said)
        self._configuration = self._folder / "exim.conf"
        self._configuration.write_text(_CONFIGURATION.format(folder=self._folder, exim=EXIM))
        if os.getuid() == 0:  # it gives its rights up
            for path in (self._folder, self._folder / "spool", self._folder / "log"):
                shutil.chown(path, "Debian-exim", "Debian-exim")
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._running: list[subprocess.Popen[bytes]] = []
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> Exim:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        for process in self._running:
            process.terminate()
            process.wait()
        shutil.rmtree(self._folder)

    @property
    def taken(self) -> int:
        """Mails in its spool."""
        return len(list((self._folder / "spool" / "input").rglob("*-H")))

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                self._running.append(
                    subprocess.Popen(
                        [str(EXIM), "-C", str(self._configuration), "-bs"],
                        stdin=connection, stdout=connection, stderr=subprocess.DEVNULL,
                    )
                )  # fmt: skip
