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


def test_where_no_names_are_known_it_is_its_tag() -> None:
    assert str(lazy_gettext("{tag:language}", tag="zh-Hant")) == "zh-Hant"
