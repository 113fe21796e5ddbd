"""A real PostgreSQL on a Unix socket, of its own folder and account: started, restarted, crashed by tests.

Invariant: it ends, and its folder goes, no later than a second after the process that it was started for, however that
ended: a shell of its own session waits for that.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Self

import psycopg

MISSING = "no PostgreSQL here: apt-get install postgresql (or another with initdb on PATH) runs the tests of it"
_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}
_SECONDS = 60.0
# By the pid that the server wrote: a test may have restarted it.
_WATCH = """
while kill -0 "$1" 2>/dev/null; do sleep 1; done
pid=$(head -n 1 "$2/data/postmaster.pid" 2>/dev/null) && kill -INT "$pid"
for _ in $(seq 100); do [ -e "$2/data/postmaster.pid" ] || break; sleep 0.1; done
rm -rf "$2"
"""


def find_programs() -> Path | None:
    """The folder of initdb and postgres: Debian's newest, else that of PATH, else what pg_config names."""
    of_debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if of_debian:
        return of_debian[-1].parent
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    if config := shutil.which("pg_config"):
        told = subprocess.run([config, "--bindir"], capture_output=True, text=True, check=True).stdout.strip()
        return Path(told) if Path(told, "initdb").exists() else None
    return None


def socket_url(folder: Path, database: str) -> str:
    return f"postgresql://postgres@/{database}?host={folder}"


class PostgresServer:
    """A context manager. durable: as an operator's, for tests of crashes; else fast, and good for no crash.

    owner: the process with which it ends at the latest.
    """

    def __init__(self, *, durable: bool = False, owner: int | None = None) -> None:
        programs = find_programs()
        if programs is None:
            raise RuntimeError(MISSING)
        self._programs = programs
        # Not pytest's folders: a socket's path has at most 107 bytes, and another account has to get there.
        self.folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
        self._settings = {} if durable else _FAST
        self._as_user = _other_account(self.folder) if os.geteuid() == 0 else {}
        watch = ["sh", "-c", _WATCH, "sh", str(owner or os.getpid()), str(self.folder)]
        self._watch = subprocess.Popen(watch, start_new_session=True, stdin=subprocess.DEVNULL)
        self._initialise()
        self.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def url(self, database: str = "postgres") -> str:
        return socket_url(self.folder, database)

    def start(self) -> None:
        """Return when it answers."""
        options = {"listen_addresses": "", "unix_socket_directories": self.folder, "unix_socket_permissions": "0777"}
        settings = {**options, "max_connections": "200", **self._settings}
        command = [str(self._programs / "postgres"), "-D", str(self._data)]
        command += [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                command, cwd=self.folder, stdout=log, stderr=log, start_new_session=True, **self._as_user
            )
        self._wait_for_answer()

    def stop(self) -> None:
        """Fast: sessions end with an error, what was committed is on disk."""
        self._end(signal.SIGINT)

    def crash(self) -> None:
        """At once, with nothing written back: what comes after is a recovery."""
        self._end(signal.SIGQUIT)

    def restart(self) -> None:
        self.stop()
        self.start()

    def close(self) -> None:
        self.stop()
        self._watch.kill()
        self._watch.wait()
        shutil.rmtree(self.folder)

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text("utf-8", "replace")

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _initialise(self) -> None:
        command = [str(self._programs / "initdb"), "-D", str(self._data), "-U", "postgres", "--no-sync", "-A", "trust"]
        command += ["-E", "UTF8", "--locale=C.UTF-8"]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False, **self._as_user)
        if done.returncode:
            raise RuntimeError(f"initdb: {done.stderr}")

    def _wait_for_answer(self) -> None:
        end = time.monotonic() + _SECONDS
        while True:
            try:
                psycopg.connect(self.url()).close()
            except psycopg.OperationalError as error:
                if self._process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError(f"PostgreSQL did not start: {self.log}") from error
                time.sleep(0.02)
            else:
                return

    def _end(self, how: signal.Signals) -> None:
        self._process.send_signal(how)
        self._process.wait(_SECONDS)


def _other_account(folder: Path) -> dict[str, int | list[int]]:
    """For Popen: PostgreSQL refuses to run as root. The folder becomes that account's."""
    account = pwd.getpwnam("nobody")
    os.chown(folder, account.pw_uid, account.pw_gid)
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
