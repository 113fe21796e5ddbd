"""Bibliographies over the API."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from digest.render import edition_facts, ris
from digest.render.formats import paper_formats
from store import Store
from tests.factories.api import Served, fill, site


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with Store.open(tmp_path_factory.mktemp("api") / "store.db") as store:
        fill(store)
        yield store


@pytest.fixture(scope="module")
def api(archive: Store) -> Iterator[Served]:
    with Served(site(archive), under="/api/v1") as served:
        yield served


def test_an_edition_and_its_sections_come_in_every_form(api: Served, archive: Store) -> None:
    edition = archive.editions.get("on-device")
    assert edition is not None
    for form in paper_formats():
        assert form.render_papers is not None
        whole = api.get(f"/editions/on-device/bibliography?format={form.name}").json()
        assert whole["text"] == form.render_papers(edition.papers)
        assert (whole["format"], whole["extension"], whole["media_type"]) == (
            form.name,
            form.extension,
            form.media_type,
        )
    second = api.get("/editions/on-device/bibliography?format=ris&section=2").json()
    papers = edition_facts.papers_of_section(edition, 2)
    assert (second["text"], second["papers"]) == (ris.render_papers(papers), [paper.id for paper in papers])
    assert api.get("/editions/on-device/bibliography?section=99").status_code == 404
    assert api.get("/editions/none/bibliography").status_code == 404
    assert api.get("/editions/on-device/bibliography?format=docx").status_code == 422


def test_a_list_of_papers_comes_whole_or_not_at_all(api: Served) -> None:
    assert api.get("/bibliography?ids=2603.00002,hep-th/9711200").json()["papers"] == ["2603.00002", "hep-th/9711200"]
    assert api.get("/bibliography?ids=2603.00002,2603.00002").json()["papers"] == ["2603.00002"]
    refused = api.get("/bibliography?ids=2603.00002,2001.99999")
    assert (refused.status_code, "2001.99999" in refused.json()["detail"]) == (404, True)
    assert api.get("/bibliography").status_code == 422


def test_a_search_is_a_bibliography(api: Served) -> None:
    found = api.get("/search/papers?q=walks&limit=5").json()["items"]
    cited = api.get("/search/papers/bibliography?q=walks").json()
    assert cited["papers"][:5] == [item["paper"]["id"] for item in found]
    assert cited["text"].count("@misc{") == len(cited["papers"])
