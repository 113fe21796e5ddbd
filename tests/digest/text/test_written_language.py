"""The language library's second opinion: loaded once, whoever asks at the same time."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from py3langid.langid import LanguageIdentifier

from digest.text import written_language
from digest.text.written_language import is_written_in

POLISH = "Prace pokazują, że dostosowanie niskiego rzędu poprawia jakość obrazów i potrzebuje przy tym mniej pamięci."


def test_threads_that_ask_at_once_load_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    loads, load, together = list[int](), LanguageIdentifier.from_model_file, threading.Barrier(8)

    def count(*args: object, **options: object) -> LanguageIdentifier:
        loads.append(1)
        return load(*args, **options)

    def ask(_: int) -> bool:
        together.wait(60)
        return is_written_in(POLISH, "en")

    monkeypatch.setattr(LanguageIdentifier, "from_model_file", count)
    written_language._load_identifier.cache_clear()
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(ask, range(8))) == [False] * 8
    assert loads == [1]
