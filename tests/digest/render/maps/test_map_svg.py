"""The map: near papers near, no two on one spot, and an SVG that no text can break."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from digest.ports import Vectors
from digest.render.maps.map_svg import draw_map
from digest.route.map_layout import layout

SVG = "{http://www.w3.org/2000/svg}"


def clusters(sizes: list[int], d: int = 24) -> Vectors:
    rng = np.random.default_rng(4)
    rows = np.vstack([rng.normal(size=d) + 0.4 * rng.normal(size=(size, d)) for size in sizes])
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def drawn(n: int, titles: list[str], label: str = "A paper", href: str = "https://arxiv.org/abs/1") -> str:
    section_of = [i * len(titles) // n for i in range(n)] if n else []
    points = layout(clusters([n]) if n else np.zeros((0, 4), np.float32), section_of=section_of)
    return draw_map(points, section_of, titles, range(1, n + 1), [label] * n, hrefs=[href] * n)


@settings(max_examples=40, deadline=None)
@given(hnp.arrays(np.float32, st.tuples(st.integers(0, 30), st.just(4)), elements=st.sampled_from([0.0, 0.5, 1.0])))
def test_any_vectors_get_places_of_their_own_on_the_map(vectors: Vectors) -> None:
    points = layout(vectors)
    assert points.shape == (len(vectors), 2)
    assert ((points >= 0) & (points <= 1)).all()
    gaps = np.linalg.norm(points[:, None] - points[None], axis=2) + np.eye(len(points))
    assert gaps.min(initial=1) > 0.01


def test_papers_of_one_cluster_are_nearer_than_papers_of_two() -> None:
    points = layout(clusters([8, 8, 8]))
    gaps = np.linalg.norm(points[:, None] - points[None], axis=2)
    same = np.kron(np.eye(3), np.ones((8, 8))) > 0
    assert gaps[same].mean() < 0.6 * gaps[~same].mean()


def test_a_section_is_drawn_together() -> None:
    vectors, section_of = clusters([24]), [0] * 12 + [1] * 12
    same = np.equal.outer(section_of, section_of)

    def spread(points: np.ndarray) -> float:
        gaps = np.linalg.norm(points[:, None] - points[None], axis=2)
        return float(gaps[same].mean() / gaps[~same].mean())

    assert spread(layout(vectors, section_of=section_of)) < spread(layout(vectors))


def test_the_map_is_the_same_each_time_and_sets_out_from_the_upper_left() -> None:
    vectors = clusters([7, 9])
    points = layout(vectors)
    assert (points == layout(vectors)).all()
    assert (points[0] <= 0.5).all()


@pytest.mark.parametrize("n", [0, 1, 2, 3, 12, 60, 130])
def test_every_paper_has_its_dot_and_every_section_its_name(n: int) -> None:
    titles = ["Adapter merging", "Style control and identity"][: max(1, min(2, n))]
    root = ET.fromstring(drawn(n, titles))
    assert len(root.findall(f"{SVG}a")) == n
    assert [a.findtext(f"{SVG}text") for a in root.findall(f"{SVG}a")] == [str(i + 1) for i in range(n)]
    names = [" ".join(t.text or "" for t in name) for name in root.findall(f"{SVG}text")]
    assert names == (titles if n else [])


def test_names_do_not_cover_each_other() -> None:
    titles = [f"Section with a rather long name {i}" for i in range(7)]
    root = ET.fromstring(drawn(60, titles))
    boxes = [(float(t[0].get("x", 0)), float(t[0].get("y", 0))) for t in root.findall(f"{SVG}text")]
    assert len(boxes) == 7
    for i, (x, y) in enumerate(boxes):
        assert all(abs(x - u) > 90 or abs(y - v) > 30 for u, v in boxes[:i])


hostile = st.text(st.characters(codec="utf-8"), max_size=200) | st.sampled_from(
    ["</svg><script>alert(1)</script>", '"><img onerror="x">', "]]>", "&amp;&", "\x00\x1b\uffff", "a" * 5000, ""]
)


@settings(max_examples=60, deadline=None)
@given(hostile, hostile, hostile)
def test_no_text_breaks_the_picture(title: str, label: str, href: str) -> None:
    text = drawn(6, [title, "Other"], label, href)
    root = ET.fromstring(text)
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        *("svg", "title", "desc", "style", "rect", "path", "circle", "g", "a", "text", "tspan")
    }
    assert len(text) < 40_000


@pytest.mark.parametrize("href", ["javascript:alert(1)", "data:text/html,x", "//evil.example", ""])
def test_only_web_addresses_and_anchors_are_links(href: str) -> None:
    assert "<a " not in drawn(3, ["T"], href=href)
    assert '<a class="s0" href="#paper-1">' in drawn(3, ["T"], href="#paper-1")


def test_sixty_papers_take_less_than_forty_kilobytes_and_fetch_nothing() -> None:
    text = drawn(60, ["A section of papers with a name"] * 7, label="A title of a usual length, as papers have them")
    assert len(text.encode()) < 40_000
    assert not re.search(r"url\(|@import|<script|<image|xlink", text)


def test_without_links_it_is_one_image_to_a_screen_reader() -> None:
    points = layout(clusters([5]))
    root = ET.fromstring(draw_map(points, [0] * 5, ["T"], [1, 2, 3, 4, 5], ["p"] * 5))
    assert root.get("role") == "img"
    assert "T (1 to 5)" in (root.findtext(f"{SVG}desc") or "")


def test_beside_text_dots_and_names_are_linked_with_it_both_ways() -> None:
    points, section_of = layout(clusters([30, 30])), [0] * 30 + [1] * 30
    text = draw_map(
        points,
        section_of,
        ["One", "Two"],
        range(1, 61),
        ["A title of a usual length, as papers have them"] * 60,
        hrefs=[f"#p{n}" for n in range(1, 61)],
        beside_text=True,
    )
    links = {
        a.get("class", ""): a.get("href", "") for a in ET.fromstring(text).findall(f"{SVG}a") if "id" not in a.attrib
    }
    assert [a.get("id") for a in ET.fromstring(text).findall(f"{SVG}a") if "id" in a.attrib] == [
        f"m{n}" for n in range(1, 61)
    ]
    assert {links["section-mark s0"], links["section-mark s1"]} == {"#s1", "#s2"}
    assert links["to-section"] == "#s2"
    assert len(text.encode()) < 40_000
