"""The page: sound HTML, every citation lands on its paper, and nothing foreign is live."""

from dataclasses import replace

import pytest

from digest.i18n.catalog import get_catalog
from digest.render import edition_facts, html, reliability
from digest.render.html_prose import CitationTarget, to_html
from digest.render.maps.map_svg import draw_page_map
from store.records.editions import Health
from store.records.paper_facts import PaperFacts
from tests.doubles.editions import (
    HOSTILE_TITLES,
    READ_EDITIONS,
    edition,
    hostile_edition,
    partly_failed_edition,
    quiet_edition,
)
from tests.doubles.pages import Page

EDITIONS = {
    "none": edition(0),
    "one": edition(1),
    "twelve": edition(12),
    "sixty": edition(60, kind="digest"),
    "japanese": edition(12, language="ja"),
    "quiet": quiet_edition(),
    "partly failed": partly_failed_edition(),
    "hostile": hostile_edition(),
    **READ_EDITIONS,
}


def page(edition, **options):
    return Page(html.render_page(edition, **{"map_svg": None, **options}))


@pytest.mark.parametrize("name", EDITIONS)
def test_the_page_is_well_formed_and_its_anchors_hold(name):
    read = page(EDITIONS[name], map_svg=draw_page_map(EDITIONS[name]))
    assert len(read.ids) == len(set(read.ids))
    assert {link[1:] for link in read.jumps} <= set(read.ids)
    assert {f"p{paper.number}" for paper in EDITIONS[name].papers} <= set(read.ids)
    assert read.count("h1") == 1
    assert read.count("main") == 1


@pytest.mark.parametrize("name", EDITIONS)
def test_every_outward_link_leads_to_arxiv_or_doi(name):
    outward = page(EDITIONS[name]).links
    assert all(
        link.startswith(("https://arxiv.org/abs/", "https://arxiv.org/pdf/", "https://doi.org/")) for link in outward
    )


def test_nothing_is_loaded_and_a_policy_forbids_it():
    document = html.render_page(edition(12), map_svg=draw_page_map(edition(12)))
    assert "default-src 'none'" in document
    assert "url(" not in document
    assert "@import" not in document


def test_citations_lead_to_their_papers_and_say_what_they_are():
    read = page(edition(12))
    cites = [attrs for tag, attrs in read.elements if tag == "a" and attrs.get("class") == "cite"]
    assert {attrs["href"] for attrs in cites} == {f"#p{n}" for n in range(1, 13) if n != 7}
    assert cites[0]["title"].startswith("Müller et al.: Whisperlet")


def test_hostile_words_are_read_and_not_obeyed():
    read = page(hostile_edition())
    assert "<script>alert(1)</script>" in read.text
    assert "*stars* _under_ `ticks`" in read.text
    assert "2,000 authors" in read.text
    assert "Author 1999" not in read.text
    assert "قياس الكلام العربي" in read.text
    assert not any(character in read.text for character in "\x1b\x07\u202e\u2066\x00\ud800")


def test_the_document_survives_utf_8():
    html.render_page(hostile_edition(), map_svg=None).encode("utf-8")


def test_what_no_sentence_cites_is_offered_at_the_end():
    read = page(edition(12))
    assert read.ids.index("also") < read.ids.index("p7")
    assert read.ids.index("p12") < read.ids.index("also")
    assert "also" not in page(edition(6)).ids


def test_failures_are_labelled():
    text = page(partly_failed_edition()).text
    assert text.count("The whole invented abstract.") == 1
    assert "This section could not be written." in text
    assert "Abstract; no summary could be made" in text
    assert "(failed)" in text


def test_a_slot_that_was_missed_is_no_trouble_of_the_readers():
    missed = Health("schedule", False, "2 earlier slots were missed (2026-11-08, 2026-11-15).")
    late = replace(edition(12, kind="digest"), health=(missed,))
    assert reliability.notices(late) == []
    document = html.render_page(late, map_svg=None)
    assert "2 earlier slots were missed" in document
    assert 'class="failed"' not in document
    assert "(failed)" not in document


def test_a_quiet_edition_says_why():
    text = page(quiet_edition()).text
    assert "Nothing new this time" in text
    assert "None of the 4 papers found" in text


def test_missing_facts_are_said_or_left_out():
    read = page(edition(12))
    assert "authors not recorded" in read.text
    assert "Problem Recognisers" in read.text
    bare = replace(edition(1), papers=(replace(edition(1).papers[0], primary_category="", reason="", doi=""),))
    assert "Why kept" not in page(bare).text


def test_where_a_paper_appeared_and_how_often_it_is_cited():
    made = edition(2)
    known = PaperFacts(venue="Letters on Kitchens", pages=8, citations=1279)
    papers = (replace(made.papers[0], facts=known, journal_ref=""), replace(made.papers[1], facts=known))
    papers = (papers[0], replace(papers[1], journal_ref="Phys. Rev. B 76 (2007)"))
    text = page(replace(made, papers=papers)).text
    assert "Letters on Kitchens · 8 pages · 1,279 citations" in text
    assert "Published in Phys. Rev. B 76 (2007) · 8 pages · 1,279 citations" in text
    bare = replace(made.papers[0], journal_ref="")
    assert html.paper_view(bare, get_catalog("edition", "en")).journal == ""


def test_language_and_direction():
    for language, expected in {"ja": ("ja", "ltr"), "ar": ("ar", "rtl"), 'x" onload="': ("en", "ltr")}.items():
        _, attrs = page(edition(1, language=language)).elements[0]
        assert (attrs["lang"], attrs["dir"]) == expected
    assert "目次" in page(edition(12, language="ja")).text
    assert "2026年11月22日" in page(edition(12, language="ja")).text
    assert "Inhalt" in page(edition(12, language="de")).text
    assert "Contents" in page(edition(12, language="sv")).text


def test_the_route_is_stated_as_measured():
    assert edition_facts.route_line(edition(12)) == "The route is 31% shorter than the order as found."
    base = edition(12)
    for route, expected in (
        (replace(base.route, length=50.0), "The route is 21% longer than the order as found."),
        (replace(base.route, solver="similarity"), "The papers come in order of similarity to the question."),
        (replace(base.route, solver="none"), "The papers come in the order as found."),
        (replace(base.route, length=41.2), ""),
        (replace(base.route, as_found_length=0.0), ""),
    ):
        assert edition_facts.route_line(replace(base, route=route)) == expected
    assert edition_facts.route_line(edition(1)) == ""


def test_a_citation_names_the_first_author_with_the_particles():
    words = get_catalog("edition", "en")
    (only,) = edition(1).papers
    for authors, expected in (
        (("Jan van den Berg",), "van den Berg"),
        (("Jan van den Berg", "Mei Hu"), "van den Berg et al."),
        (("Rohan Anild", "et al."), "Anild et al."),
        (("The ATLAS Collaboration",), "The ATLAS Collaboration"),
        ((), "authors not recorded"),
    ):
        assert edition_facts.first_author(replace(only, authors=authors), words) == expected


def test_a_price_that_is_unknown_is_not_called_zero():
    base = edition(12)
    unknown = replace(base, usage=(base.usage[1], replace(base.usage[2], usd=None)))
    assert ("Cost", ["$0.0213, price unknown"]) in edition_facts.making_rows(unknown)
    assert ("Cost", ["$0.0631"]) in edition_facts.making_rows(base)


TARGETS = {3: CitationTarget("#p3", "T")}


@pytest.mark.parametrize(
    "evil", [*HOSTILE_TITLES, "[3](https://evil.example)", "<https://evil.example>", "[r]: https://evil.example\n\n[r]"]
)
@pytest.mark.parametrize("markup", [True, False])
def test_prose_makes_no_link_but_citations(evil, markup):
    rendered = to_html(f"{evil} [3]\n\n{evil}", TARGETS, markup=markup)
    read = Page(f"<!doctype html>{rendered}")
    assert (read.links, set(read.jumps) - {"#p3"}) == ([], set())
    assert {tag for tag, _ in read.elements} <= {
        "p",
        "em",
        "strong",
        "code",
        "pre",
        "a",
        "ol",
        "ul",
        "li",
        "blockquote",
    }


def test_a_models_markdown_is_shown_and_an_abstracts_is_not():
    assert "<strong>bold</strong>" in to_html("**bold**", {}, markup=True)
    assert "**bold**" in to_html("**bold**", {}, markup=False)
    assert to_html("# Heading", {}, markup=True).strip() == "<p><strong>Heading</strong></p>"


def test_a_number_without_a_paper_is_text():
    assert to_html("so [3][4]", TARGETS, markup=False) == '<p>so <a class="cite" href="#p3" title="T">[3]</a>[4]</p>\n'
