import json

import pytest
from typer.testing import CliRunner

from digest.render import formats
from digest.render.formats import FORMATS, EditionFormat
from paperroute.cli.main import app
from tests.doubles.editions import edition, hostile_edition, quiet_edition
from web import urls

BEGINS = {
    "text": b"How is speech recognition",
    "markdown": b"# ",
    "html": b"<!doctype html>",
    "json": b"{",
    "bibtex": b"@",
    "ris": b"TY  - ",
    "csv": "\ufeffNo.,Title,Year,Role,".encode(),
    "csl-json": b'[\n  {\n    "id"',
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
    assert len({form.name for form in FORMATS}) == len({form.extension for form in FORMATS}) == len(FORMATS)
    assert json.loads(formats.JSON.render(edition(3)))["schema"] == "paperroute.edition/1"


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_a_file_name_leads_back_to_its_form(form: EditionFormat) -> None:
    assert formats.split_file_name(f"2405.01234.{form.extension}") == ("2405.01234", form)


@pytest.mark.parametrize("name", ["asr-2", "2405.01234", "asr-2.exe", "json", ""])
def test_a_name_without_an_extension_of_ours_is_whole(name: str) -> None:
    assert formats.split_file_name(name) == (name, None)


def test_what_the_doors_offer_is_of_the_list() -> None:
    help_ = "".join(CliRunner().invoke(app, ["show", "--help"], env={"COLUMNS": "200"}).output.split())
    offered = [form.name for form in FORMATS if form is not formats.PNG]
    assert f"<{'|'.join([*offered, 'eml'])}>" in help_
    assert urls.edition("e", formats.BIBTEX.extension) == "/editions/e.bib"
