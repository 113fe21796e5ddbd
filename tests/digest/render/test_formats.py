import json

import pytest

from digest.render import formats
from digest.render.formats import FORMATS, EditionFormat
from paperroute.cli.export import FormatName, edition_formats
from paperroute.compose.mail import make_digest_mail
from paperroute.config.load import Config
from tests.doubles.editions import edition, hostile_edition, quiet_edition
from web import urls

BEGINS = {
    "text": b"How is speech recognition",
    "markdown": b"# ",
    "html": b"<!doctype html>",
    "json": b"{",
    "bibtex": b"@",
    "svg": b"<svg",
    "png": b"\x89PNG",
}


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_an_edition_has_every_format(form: EditionFormat) -> None:
    assert form.render_bytes(edition(12)).lstrip().lower().startswith(BEGINS[form.name].lower())
    assert form.render_bytes(hostile_edition())


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_where_there_is_no_route_there_is_no_map_and_all_else(form: EditionFormat) -> None:
    assert (form.render_bytes(quiet_edition()) is None) == (form in (formats.SVG, formats.PNG))


def test_names_and_extensions_are_each_ones_own() -> None:
    assert len({form.name for form in FORMATS}) == len(formats.BY_EXTENSION) == len(FORMATS)
    assert json.loads(formats.JSON.render(edition(3)))["schema"] == "paperroute.edition/1"


def test_what_the_doors_offer_is_of_the_list() -> None:
    assert set(FormatName) == set(edition_formats(make_digest_mail(Config()))) - {formats.PNG.name}
    assert urls.edition("e", formats.BIBTEX.extension) == "/editions/e.bib"
