"""The keys that sign links: from the environment, or made once for all processes of a store."""

from __future__ import annotations

import os
import stat
import subprocess
import sys

import pytest

from digest.errors import ConfigError
from digest.subscriptions.signed_links import SignedLinks
from paperroute.compose import signing_keys
from paperroute.compose.app import open_app
from paperroute.config.load import load
from paperroute.doctor.service import examine_subscriptions
from store import Store

LONG, LONGER = "first-key-of-many-characters", "second-key-of-many-characters"


def test_a_key_is_made_once_for_its_owner_only(store):
    made = signing_keys.load_keys(store, {})
    path = signing_keys.key_file(store)
    assert made == signing_keys.load_keys(store, {})
    assert len(made[0]) >= 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.glob(".*part")] == []


def test_the_key_is_not_in_a_copy_of_the_store(store, tmp_path):
    (key,) = signing_keys.load_keys(store, {})
    store.backup(tmp_path / "copy.db")
    assert key.encode() not in (tmp_path / "copy.db").read_bytes()


def test_processes_that_race_agree_on_the_key(tmp_path):
    code = (
        "import sys; from store import Store; from paperroute.compose import signing_keys\n"
        "store = Store.open(sys.argv[1]); sys.stdin.read(1); print(signing_keys.load_keys(store, {})[0])"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "p.db")]
    with Store.open(tmp_path / "p.db"):
        racers = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(4)]
        for racer in racers:
            racer.stdin.write("x")
            racer.stdin.flush()
        assert len({racer.communicate(timeout=60)[0] for racer in racers}) == 1


@pytest.mark.parametrize("text", [f"{LONG},{LONGER}", f"{LONG}\n{LONGER}\n", f" {LONG} ,\r\n\n{LONGER},{LONG}"])
def test_keys_are_given_by_comma_or_line_newest_first(store, tmp_path, text):
    (tmp_path / "keys").write_text(text)
    assert signing_keys.load_keys(store, {"PAPERROUTE_SECRET_KEYS": text}) == (LONG, LONGER)
    assert signing_keys.load_keys(store, {"PAPERROUTE_SECRET_KEYS_FILE": str(tmp_path / "keys")}) == (LONG, LONGER)
    assert not signing_keys.key_file(store).exists()


@pytest.mark.parametrize(("text", "words"), [("short", "less than 16"), (",", "no key")])
def test_bad_keys_are_told_in_one_line_that_does_not_show_them(store, text, words):
    with pytest.raises(ConfigError, match=words) as caught:
        signing_keys.load_keys(store, {"PAPERROUTE_SECRET_KEYS": text})
    assert "short" not in str(caught.value)


@pytest.mark.parametrize("data", [b"", b"\xff\xfe"])
def test_a_damaged_file_is_told_and_not_replaced(store, data):
    signing_keys.key_file(store).write_bytes(data)
    with pytest.raises(ConfigError):
        signing_keys.load_keys(store, {})
    assert signing_keys.key_file(store).read_bytes() == data


def test_the_app_signs_with_its_keys_and_doctor_says_where_they_are(tmp_path):
    config = load(None, {"PAPERROUTE_STORE__PATH": str(tmp_path / "p.db"), "PAPERROUTE_SECRET_KEYS": LONG})
    with open_app(config, {}) as app:
        assert "a key is made when first needed" in doctor(app).detail
        assert not signing_keys.key_file(app.store).exists()
        token = app.signed_links.sign("unsubscribe", 7)
        assert "keep a copy" in doctor(app).detail
        path = signing_keys.key_file(app.store)
        path.chmod(0o644)
        assert (doctor(app).state, doctor(app).step) == ("warn", f"chmod 600 {path}")
        made = path.read_text().strip()
    with open_app(config, {"PAPERROUTE_SECRET_KEYS": f"{LONG},{made}"}) as app:
        assert "the first of 2 keys of PAPERROUTE_SECRET_KEYS" in doctor(app).detail
        assert app.signed_links.read("unsubscribe", token) == 7
        assert SignedLinks([LONG]).read("unsubscribe", app.signed_links.sign("unsubscribe", 8)) == 8
        assert LONG not in repr(app)
    with open_app(config, {"PAPERROUTE_SECRET_KEYS": "short"}) as app:
        assert doctor(app).state == "fail"


def doctor(app):
    return list(examine_subscriptions(app.store, app.environment))[-1]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_takes_no_file_is_told(store):
    store.path.parent.chmod(0o500)
    try:
        with pytest.raises(ConfigError, match="cannot be written"):
            signing_keys.load_keys(store, {})
    finally:
        store.path.parent.chmod(0o700)
