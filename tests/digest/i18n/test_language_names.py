import pytest

from digest.i18n.catalog import get_catalog
from store.records.lazy_text import lazy_gettext


@pytest.mark.parametrize(
    ("reader", "tag", "name"),
    [
        *(("en", "ja", "Japanese"), ("en", "zh-Hant", "Chinese (Traditional)"), ("de", "ja", "Japanisch")),
        *(("ja", "en", "英語"), ("en", "xx", "xx"), ("en", "no tag", "no tag"), ("en", "", "")),
    ],
)
def test_a_language_is_named_in_the_readers(reader: str, tag: str, name: str) -> None:
    assert get_catalog("edition", reader).show(lazy_gettext("{tag:language}", tag=tag)) == name


@pytest.mark.parametrize(("tag", "name"), [("zh-Hant", "Chinese"), ("ja", "Japanese"), ("tlh", "tlh"), ("", "")])
def test_without_a_catalogue_it_is_named_in_english_where_the_name_is_known(tag: str, name: str) -> None:
    assert str(lazy_gettext("{tag:language}", tag=tag)) == name


@pytest.mark.parametrize(
    ("reader", "amount", "told"),
    [
        *(("en", 0.0, "$0.00"), ("en", 0.0123, "$0.0123"), ("en", 1234.5, "$1,234.50"), ("ja", 2.5, "$2.50")),
        *(("de", 1234.5, "1.234,50\xa0$"), ("fr", 0.0123, "0,0123\xa0$"), ("es", 0.5, "0,5000\xa0$")),
    ],
)
def test_dollars_are_set_as_the_readers_language_sets_sums(reader: str, amount: float, told: str) -> None:
    assert get_catalog("edition", reader).show(lazy_gettext("{usd:usd}", usd=amount)) == told
