"""Where results go: files, links, pipes, devices, and a stdout of any encoding, as a user's shell has them."""

import json
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from digest.errors import BadInput
from paperroute.output import check_writable, write_file

ENVIRONMENT = {key: value for key, value in os.environ.items() if not key.startswith("PAPERROUTE_")}
as_root = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may give files away")


def start(folder: Path, *args: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    own = ENVIRONMENT | {"PAPERROUTE_STORE__PATH": str(folder / "p.db"), "PAPERROUTE_SOURCE__KIND": "sample"}
    command = [sys.executable, "-m", "paperroute", "--quiet", *args]
    return subprocess.run(command, cwd=folder, env=own | environment, capture_output=True, check=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose store holds one survey, with a question that no western code page can show."""
    path = tmp_path_factory.mktemp("output")
    made = start(path, "survey", "LoRA for image generation 画像生成 ―", "-f", "json")
    assert made.returncode == 0, made.stderr
    return path


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "latin-1", "utf-16"])
@pytest.mark.parametrize("form", ["json", "html", "bibtex", "svg", "markdown"])
def test_a_document_leaves_as_utf_8_whatever_stdout_is(folder: Path, encoding: str, form: str) -> None:
    shown = start(folder, "show", "latest", "-f", form, PYTHONIOENCODING=encoding)
    assert (shown.returncode, shown.stderr) == (0, b"")
    assert shown.stdout == start(folder, "show", "latest", "-f", form, PYTHONIOENCODING="utf-8").stdout
    if form == "json":
        assert json.loads(shown.stdout.decode())["question"].endswith("画像生成 ―")


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "latin-1"])
@pytest.mark.parametrize("verb", [("show", "latest"), ("history",), ("search", "LoRA"), ("doctor",), ("--help",)])
def test_words_lose_only_what_stdout_cannot_show(folder: Path, encoding: str, verb: tuple[str, ...]) -> None:
    shown = start(folder, *verb, PYTHONIOENCODING=encoding)
    assert shown.returncode == start(folder, *verb).returncode
    assert b"Traceback" not in shown.stderr
    assert b"LoRA" in shown.stdout or verb[0] in ("doctor", "--help")
    shown.stdout.decode(encoding)


def test_a_stdout_that_is_closed_is_one_line(folder: Path) -> None:
    command = f'"{sys.executable}" -m paperroute --quiet show latest >&-'
    own = ENVIRONMENT | {"PAPERROUTE_STORE__PATH": str(folder / "p.db")}
    shown = subprocess.run(["sh", "-c", command], cwd=folder, env=own, stderr=subprocess.PIPE, text=True, check=False)
    assert shown.returncode == 2
    assert shown.stderr == "paperroute: The result cannot be written: stdout is closed. Use -o FILE.\n"


def test_a_link_stays_and_what_it_leads_to_is_written(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    target, link = tmp_path / "there" / "x.html", tmp_path / "x.html"
    target.write_text("before")
    link.symlink_to(target)
    check_writable(link)
    write_file(link, b"after")
    assert link.is_symlink()
    assert target.read_bytes() == b"after"
    assert [path.name for path in (tmp_path / "there").iterdir()] == ["x.html"]


def test_a_link_to_nothing_yet_makes_what_it_names(tmp_path: Path) -> None:
    link = tmp_path / "x.html"
    link.symlink_to("new.html")
    write_file(link, b"text")
    assert link.is_symlink()
    assert (tmp_path / "new.html").read_bytes() == b"text"


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o755])
def test_a_file_keeps_its_mode(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "x.html"
    file.write_text("before")
    file.chmod(mode)
    write_file(file, b"after")
    assert stat.S_IMODE(file.stat().st_mode) == mode
    assert file.read_bytes() == b"after"


@as_root
def test_a_file_keeps_its_owner(tmp_path: Path) -> None:
    file = tmp_path / "x.html"
    file.write_text("before")
    os.chown(file, 12345, 54321)
    write_file(file, b"after")
    assert (file.stat().st_uid, file.stat().st_gid) == (12345, 54321)


def test_a_file_of_two_names_keeps_both(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_text("before, and longer than what comes")
    other.hardlink_to(one)
    write_file(one, b"after")
    assert other.read_bytes() == b"after"


def test_a_pipe_is_written_into(tmp_path: Path) -> None:
    pipe, got = tmp_path / "pipe", list[bytes]()
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    write_file(pipe, b"x" * 300_000)
    reader.join(60)
    assert got == [b"x" * 300_000]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_device_is_written_into_and_stays_one() -> None:
    for name in ("/dev/null", "/dev/full"):
        before = Path(name).stat()
        assert stat.S_ISCHR(before.st_mode)
        check_writable(Path(name))
    write_file(Path("/dev/null"), b"text")
    with pytest.raises(BadInput, match="/dev/full cannot be written: No space left on device"):
        write_file(Path("/dev/full"), b"text")
    assert all(stat.S_ISCHR(Path(name).stat().st_mode) for name in ("/dev/null", "/dev/full"))


def test_what_stdout_was_sent_to_is_written_into_by_its_device(folder: Path, tmp_path: Path) -> None:
    command = (
        f'{{ echo first; "{sys.executable}" -m paperroute -q show latest -f json -o /dev/stdout; echo last; }} >out'
    )
    own = ENVIRONMENT | {"PAPERROUTE_STORE__PATH": str(folder / "p.db")}
    subprocess.run(["sh", "-c", command], cwd=tmp_path, env=own, check=True)
    lines = (tmp_path / "out").read_text().splitlines()
    assert (lines[0], lines[1], lines[-1]) == ("first", "{", "last")


def test_a_name_as_long_as_can_be_is_written(tmp_path: Path) -> None:
    write_file(tmp_path / ("x" * 255), b"text")
    assert (tmp_path / ("x" * 255)).read_bytes() == b"text"
    with pytest.raises(BadInput, match="File name too long"):
        write_file(tmp_path / ("x" * 256), b"text")
    with pytest.raises(BadInput, match="cannot be written"):
        write_file(tmp_path / "x\0y", b"text")


def test_a_backup_through_a_link_keeps_the_link_and_is_for_its_owner_alone(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "last.db").symlink_to("monday.db")
    for _ in range(2):
        assert start(folder, "backup", str(tmp_path / "last.db")).returncode == 0
    assert (tmp_path / "last.db").is_symlink()
    assert stat.S_IMODE((tmp_path / "monday.db").stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["last.db", "monday.db"]
