"""arXiv's bulk file: each line a paper or set aside by its number, from any position, in any packing."""

import gzip
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from digest.errors import BadInput
from digest.sources.arxiv.snapshot import SnapshotFile


def row(number: int, **fields: object) -> dict[str, object]:
    """A line as arXiv publishes it."""
    return {
        "id": f"0704.{number:04d}",
        "submitter": "Ada Example",
        "authors": "Jos\\'e Example, Ben Sample",
        "title": f"Counting\n  Pebbles {number}",
        "comments": None,
        "journal-ref": "J. Peb. 3 (2007)",
        "doi": "10.5555/pebbles",
        "report-no": None,
        "categories": "hep-ph math.CO",
        "license": None,
        "abstract": "  We count\npebbles.\n",
        "versions": [
            {"version": "v1", "created": "Mon, 2 Apr 2007 19:18:42 GMT"},
            {"version": "v2", "created": "Tue, 24 Jul 2007 20:10:27 GMT"},
        ],
        "update_date": "2008-11-26",
        "authors_parsed": [["Example", "José", ""], ["Sample", "Ben", ""]],
        **fields,
    }


def text(*rows: object) -> bytes:
    return b"".join((line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n" for line in rows)


def write(folder: Path, body: bytes, packing: str = "") -> Path:
    path = folder / f"snapshot.json{packing}"
    if packing == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("README", "a small one")
            archive.writestr("arxiv-metadata-oai-snapshot.json", body)
    else:
        path.write_bytes(gzip.compress(body) if packing else body)
    return path


def read(path: Path, start: int = 0):
    with SnapshotFile(path) as snapshot:
        return list(snapshot.lines(start))


def failure(path: Path, start: int = 0) -> str:
    with pytest.raises(BadInput) as caught:
        read(path, start)
    return str(caught.value)


def test_a_line_is_the_paper_that_it_tells(tmp_path: Path) -> None:
    (line,) = read(write(tmp_path, text(row(1))))
    paper = line.paper
    assert paper is not None
    assert (paper.id, paper.version, paper.title, paper.abstract) == (
        "0704.0001", 2, "Counting Pebbles 1", "We count pebbles."
    )  # fmt: skip
    assert paper.authors == ("José Example", "Ben Sample")
    assert (paper.categories, paper.primary_category) == (("hep-ph", "math.CO"), "hep-ph")
    assert paper.published == datetime(2007, 4, 2, 19, 18, 42, tzinfo=UTC)
    assert paper.updated == datetime(2007, 7, 24, 20, 10, 27, tzinfo=UTC)
    assert (paper.comment, paper.doi, paper.journal_ref) == ("", "10.5555/pebbles", "J. Peb. 3 (2007)")


@pytest.mark.parametrize("packing", ["", ".gz", ".zip"])
def test_reading_begins_again_where_it_was_left(tmp_path: Path, packing: str) -> None:
    path = write(tmp_path, text(*map(row, range(50))), packing)
    whole = read(path)
    assert [line.number for line in whole] == list(range(1, 51))
    assert read(path, whole[19].position) == whole[20:]
    assert read(path, whole[-1].position) == []


@pytest.mark.parametrize("packing", ["", ".gz", ".zip"])
def test_how_much_is_read_grows_to_the_whole(tmp_path: Path, packing: str) -> None:
    path = write(tmp_path, text(*map(row, range(5000))), packing)
    with SnapshotFile(path) as snapshot:
        shares = [snapshot.share_read() for _ in snapshot.lines()]
    assert shares == sorted(shares)
    assert shares[0] < 0.5
    assert shares[-1] > 0.9


BAD = {
    b"{": "it is no JSON object",
    b"[1]": "it is no JSON object",
    b"[" * 100_000: "it is no JSON object",
    b"\xff\xfe": "it is no JSON object",
    b'{"id": "' + b"x" * 5_000_000 + b'"}': "it is too long",
    b'{"title": "Pebbles"}': "its id is none of arXiv's",
    json.dumps(row(2, id="../etc/passwd")).encode(): "its id is none of arXiv's",
    json.dumps(row(2, id=7)).encode(): "its id is none of arXiv's",
    json.dumps(row(2, versions=[])).encode(): "it has no <version>",
    json.dumps(row(2, versions="v1")).encode(): "it has no <version>",
    json.dumps(row(2, versions=[{"version": "v1"}])).encode(): "it has no <date>",
    json.dumps(
        row(2, versions=[{"version": "one", "created": "Mon, 2 Apr 2007"}])
    ).encode(): "its version is no number",
    json.dumps(row(2, versions=[{"version": "v1", "created": "yesterday"}])).encode(): "its <date> is no date",
}


@pytest.mark.parametrize("bad", BAD, ids=BAD.values())
def test_a_bad_line_is_set_aside_by_its_number_and_costs_no_other(tmp_path: Path, bad: bytes) -> None:
    path = write(tmp_path, text(row(1), b"", bad, row(3)))
    first, second, third = read(path)
    assert str(second.set_aside) == f"line 3 ({BAD[bad]})"
    assert second.paper is None
    assert [line.paper.id for line in (first, third) if line.paper] == ["0704.0001", "0704.0003"]
    assert read(path, second.position) == [third]


def test_the_last_line_needs_no_end(tmp_path: Path) -> None:
    assert [line.number for line in read(write(tmp_path, text(row(1), row(2)).rstrip()))] == [1, 2]


def test_a_position_of_another_file_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, text(row(1), row(2)))
    assert "no line that begins at byte 7" in failure(path, 7)
    assert "no line that begins at byte" in failure(path, path.stat().st_size + 1)


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    assert "No such file" in failure(tmp_path / "none.json")
    whole = write(tmp_path, text(*map(row, range(50))), ".gz")
    whole.write_bytes(whole.read_bytes()[:-20])
    assert "cannot be read: " in failure(whole)
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04 and no more")
    assert "plain, .gz or .zip" in failure(tmp_path / "broken.zip")
    with zipfile.ZipFile(tmp_path / "empty.zip", "w"):
        pass
    assert "it is empty" in failure(tmp_path / "empty.zip")
