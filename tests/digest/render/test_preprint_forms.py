"""An edition of bioRxiv's and medRxiv's papers in every form: their addresses, their names, and no word of arXiv's."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from io import StringIO

import pytest
from pybtex.database import parse_string
from rich.console import Console

from bot.messages.digest import digest_post
from digest.i18n import LANGUAGES
from digest.i18n.catalog import get_catalog
from digest.mail.digest_mail import render_text_and_html
from digest.render import bibtex, csl_json, edition_facts, formats, ris, terminal
from store.records.editions import Edition, EditionPaper
from tests.doubles.editions import preprint_edition
from web.feeds import feed_entry
from web.views.citation_tags import context_object, meta_tags

PREPRINTS = preprint_edition("biorxiv", "medrxiv", kind="digest")
MIXED = preprint_edition("biorxiv", "arxiv", "medrxiv", kind="digest")


def shown(edition: Edition) -> dict[str, str]:
    console = Console(file=StringIO(), width=100, force_terminal=True)
    terminal.show(edition, console)
    text, page = render_text_and_html(edition)
    made = {form.name: form.render(edition) for form in formats.FORMATS if not form.is_binary}
    post = digest_post(edition, subscription="s1")
    return {
        **{name: body for name, body in made.items() if isinstance(body, str)},
        "terminal": console.file.getvalue(),  # type: ignore[attr-defined]
        "mail text": text,
        "mail": page,
        "feed": feed_entry.entry_html(edition, "https://example.org/x"),
        "slack": str([message.blocks for message in (post.parent, *post.thread)]),
        "spans": "\n".join(map(context_object, edition.papers)),
        "tags": str([meta_tags(paper, "We count.") for paper in edition.papers]),
    }


def of_source(edition: Edition, source: str) -> EditionPaper:
    return next(paper for paper in edition.papers if paper.source == source and not paper.journal_ref)


@pytest.mark.parametrize("form", shown(PREPRINTS))
def test_no_form_says_arxiv_of_what_is_not_there(form: str) -> None:
    assert not re.search("arxiv", shown(PREPRINTS)[form], re.IGNORECASE)


@pytest.mark.parametrize("form", ["html", "markdown", "text", "json", "bibtex", "ris", "mail text", "mail", "terminal"])
def test_every_paper_leads_to_its_own_source(form: str) -> None:
    text = shown(MIXED)[form]
    hosts = {"biorxiv": "www.biorxiv.org", "medrxiv": "www.medrxiv.org", "arxiv": "arxiv.org"}
    for paper in MIXED.papers:
        assert paper.url.startswith(f"https://{hosts[paper.source]}/")
        assert paper.url in text


def test_a_paper_is_named_as_its_source_names_it() -> None:
    named = {edition_facts.paper_reference(of_source(MIXED, name)) for name in ("arxiv", "biorxiv", "medrxiv")}
    assert named == {
        "arXiv:2611.00001v2",
        "medRxiv:10.64898/2026.11.05.700005v3",
        "bioRxiv:10.64898/2026.11.03.700003v1",
    }


def test_bibtex_names_the_repository_and_takes_no_doi_for_an_eprint() -> None:
    paper = of_source(PREPRINTS, "biorxiv")
    (entry,) = parse_string(bibtex.render_papers([paper]), "bibtex").entries.values()
    assert (entry.type, entry.fields["howpublished"], entry.fields["publisher"]) == ("misc", "bioRxiv", "bioRxiv")
    assert entry.fields["doi"] == paper.doi
    assert not {"eprint", "eprinttype", "archiveprefix", "primaryclass"} & {name.lower() for name in entry.fields}


def test_ris_and_csl_name_the_repository_the_doi_and_subjects_with_their_blanks() -> None:
    paper = of_source(PREPRINTS, "medrxiv")
    lines = ris.render_papers([paper]).splitlines()
    for line in (f"PB  - medRxiv|AN  - medRxiv:{paper.doi}|DO  - {paper.doi}|KW  - cell biology").split("|"):
        assert line in lines
    (item,) = json.loads(csl_json.render_papers([paper]))
    assert (item["type"], item["publisher"], item["number"]) == ("article", "medRxiv", f"medRxiv:{paper.doi}")
    assert (item["DOI"], item["keyword"]) == (paper.doi, "cell biology")


def test_what_a_journal_took_has_its_doi_first_and_the_preprint_s_is_not_lost() -> None:
    preprint = of_source(PREPRINTS, "biorxiv")
    paper = replace(preprint, doi=f"10.1038/x1 {preprint.doi}")
    (entry,) = parse_string(bibtex.render_papers([paper]), "bibtex").entries.values()
    assert entry.fields["doi"] == "10.1038/x1"
    assert preprint.doi in entry.fields["url"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_removed_it_is_who_kept_it(language: str) -> None:
    words = get_catalog("edition", language)
    gone = {
        source: replace(of_source(MIXED, source), status="removed", status_note="")
        for source in ("arxiv", "biorxiv", "medrxiv")
    }
    for source, name in {"arxiv": "arXiv", "biorxiv": "bioRxiv", "medrxiv": "medRxiv"}.items():
        assert name in edition_facts.status_line(gone[source], words)
