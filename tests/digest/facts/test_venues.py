"""Pages and venue, from the comment and the journal reference."""

import pytest

from digest.facts.venues import find_pages, find_venue
from tests.factories.store import paper


@pytest.mark.parametrize(
    ("comment", "pages"),
    [
        ("12 pages, 5 figures", 12),
        ("xii+345 pages", 345),
        ("9 pages main text, 24 pages in total", 24),
        ("10 pp.", 10),
        ("5 figures", None),
        ("", None),
    ],
)
def test_pages_are_counted_by_the_comment(comment: str, pages: int | None) -> None:
    assert find_pages(paper("2401.00001", comment=comment)) == pages


@pytest.mark.parametrize(
    ("comment", "venue"),
    [
        ("Accepted at NeurIPS 2025 (Spotlight)", "NeurIPS 2025"),
        ("8 pages, to appear in IEEE Invented Letters, 3 figures", "IEEE Invented Letters"),
        ("Accepted for publication in Journal of Bees", "Journal of Bees"),
        ("CVPR 2024. Project page: https://bees.example.org", "CVPR 2024"),
        ("Accepted by AAAI26", "AAAI26"),
        ("EMNLP 2023 Findings", "EMNLP 2023 Findings"),
        ("Submitted to ICRA 2026", ""),
        ("Under review at ICLR 2026", ""),
        ("Extended version of our CVPR 2024 paper", ""),
        ("Accepted, after two years", ""),
        ("12 pages", ""),
    ],
)
def test_a_venue_is_where_it_was_accepted_and_not_where_it_was_sent(comment: str, venue: str) -> None:
    assert find_venue(paper("2401.00001", comment=comment)) == venue


def test_a_journal_reference_comes_before_the_comment() -> None:
    referenced = paper("2401.00001", comment="Accepted at NeurIPS 2025", journal_ref="J. Invented Res. 12, 101 (2025)")
    assert find_venue(referenced) == "J. Invented Res."
    assert find_venue(paper("2401.00001", journal_ref="In press")) == "In press"
