"""What a client asks for in its headers: encodings by weight, tags it has already."""

import pytest

from web.http.negotiation import accepts_gzip, matches_etag, negotiate_language


@pytest.mark.parametrize(
    ("lines", "accepted"),
    [
        (["gzip"], True),
        (["deflate, gzip;q=0.5, br"], True),
        (["GZIP"], True),
        (["x-gzip"], True),
        (["*"], True),
        (["br", "gzip"], True),  # two lines of the header
        (["*;q=0, gzip"], True),
        ([], False),
        ([""], False),
        (["identity"], False),
        (["gzip;q=0"], False),
        (["gzip; q=0.000, *"], False),
        (["*;q=0"], False),
        (["gzip;q=nan"], False),
        (["gzip;q=2"], False),
        (["gzipped"], False),
    ],
)
def test_gzip_goes_to_whoever_takes_it(lines: list[str], accepted: bool) -> None:
    assert accepts_gzip(lines) is accepted


@pytest.mark.parametrize(
    ("lines", "has"),
    [
        (['"a"'], True),
        (['W/"a"'], True),
        (['"x", W/"a"'], True),
        (['"x"', '"a"'], True),  # two lines of the header
        (['"x,y","a"'], True),  # a comma inside a tag
        ([" * "], True),
        ([], False),
        (["a"], False),
        (['"b"'], False),
        (['w/"A"'], False),
        (['"*"'], False),
        (['"x", *'], False),
    ],
)
@pytest.mark.parametrize("tag", ['"a"', 'W/"a"'])
def test_a_tag_is_known_by_the_weak_comparison(lines: list[str], has: bool, tag: str) -> None:
    assert matches_etag(lines, tag) is has


def test_a_language_that_is_refused_is_not_taken() -> None:
    assert negotiate_language("auto", "de;q=0, fr;q=0.2, ja;q=nonsense") == "fr"
