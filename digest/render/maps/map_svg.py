"""Route map as an SVG: papers as dots, sections as colours, the reading route as a line. Pure.

Invariant: well-formed whatever the texts hold, without script, style sheet or picture from outside; it follows the
reader's light or dark preference, and says in words what it shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from xml.sax.saxutils import escape, quoteattr

import numpy as np

from digest.render.maps.colours import DARK_COLOURS, LIGHT_COLOURS
from digest.render.maps.map_labels import FONT_SIZE, LEADING, MapLabel, place_labels
from digest.route.map_layout import Points
from store.records.editions import Edition

_ADDRESS = re.compile(r"(?:https?://|#)[^\s<>\"]+")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]+")
_TENSION = 7.0  # a lower one makes wider bends
_ALONE, _BESIDE_TEXT = (720, 460), (480, 500)  # units
_MARK = 19.0  # radius of a section's mark: on a telephone it is to be hit with a finger
_TITLE, _LABEL = 80, 200  # letters of a section's title and of a paper's


def draw_map(
    points: Points,
    section_of: Sequence[int],
    titles: Sequence[str],
    numbers: Sequence[int],
    labels: Sequence[str],
    *,
    hrefs: Sequence[str] | None = None,
    styled: bool = True,
    beside_text: bool = False,
) -> str:
    """The map of n papers in route order.

    points (n, 2) in the unit square, y downwards; section_of: the index into `titles` of each; labels: the papers'
    titles; hrefs: where the dots lead (addresses and #anchors only, others are left out). styled: with its own style
    sheet inside; without it, the page has that of `map_stylesheet` and its policy may forbid inline ones. beside_text:
    narrower, and linked with its page: the dot of paper 5 has the id "m5", names lead to "#s1", "#s2" ..., and each
    section has a numbered mark, to be shown where there is no room for numbers and names.
    """
    width, height = _BESIDE_TEXT if beside_text else _ALONE
    radius = min(12.0, 0.1216 * np.sqrt(width * height / max(len(points), 1)))
    margin = 2.9 * radius
    places = np.reshape(np.asarray(points, dtype=np.float64), (-1, 2))
    places = margin + places * (np.array([width, height]) - 2 * margin)
    names = [_clean_label(title, _TITLE) for title in titles]
    links = [href if _ADDRESS.fullmatch(href) else "" for href in hrefs or [""] * len(places)]
    parts = [
        *_svg_head(section_of, names, numbers, any(links), styled, width, height),
        *_route_paths(places, section_of, radius),
        *_end_marks(places, section_of, radius),
        *(
            _dot(*dot, radius, anchor=beside_text)
            for dot in zip(places, section_of, numbers, labels, links, strict=True)
        ),
    ]
    if len(places):
        labelled = place_labels(names, section_of, places, _points_along(places), radius, (width, height))
        parts += (_name(name, linked=beside_text) for name in labelled)
    if beside_text:
        parts += _section_marks(places, section_of, names)
    return "\n".join([*parts, "</svg>"])


def draw_page_map(edition: Edition, *, styled: bool = True) -> str | None:
    """The map of an edition's route beside its text, linked with it both ways; none where there is nothing to draw."""
    hrefs = [f"#p{paper.number}" for paper in edition.papers]
    return draw_edition_map(edition, hrefs, styled=styled, beside_text=True)


def draw_edition_map(
    edition: Edition,
    hrefs: Sequence[str],
    *,
    styled: bool = True,
    beside_text: bool = False,
) -> str | None:
    """The map of an edition's route, whose dots lead to the given addresses; none where there is nothing to draw."""
    if len(edition.papers) < 2:
        return None
    papers = edition.papers
    return draw_map(
        np.array([(paper.x, paper.y) for paper in papers]),
        [paper.section for paper in papers],
        [section.title for section in edition.sections],
        [paper.number for paper in papers],
        [paper.title for paper in papers],
        hrefs=hrefs,
        styled=styled,
        beside_text=beside_text,
    )


def _clean_label(text: str, limit: int) -> str:
    plain = " ".join(_UNSEEN.sub(" ", text).split())
    return plain if len(plain) <= limit else plain[: limit - 1].rstrip() + "…"


def _svg_head(
    section_of: Sequence[int],
    titles: Sequence[str],
    numbers: Sequence[int],
    linked: bool,
    styled: bool,
    width: int,
    height: int,
) -> Iterator[str]:
    """An image to a screen reader, or a group where its dots are links to be reached."""
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="pr-map" role="{"group" if linked else "img"}"'
        f' viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        ' aria-labelledby="pr-map-title" aria-describedby="pr-map-desc">'
    )
    yield '<title id="pr-map-title">Map of the papers with the reading route</title>'
    yield f'<desc id="pr-map-desc">{escape(_describe_route(section_of, titles, numbers))}</desc>'
    if styled:
        yield f"<style>{map_stylesheet()}</style>"
    yield f'<rect class="page" width="{width}" height="{height}" rx="12"/>'


def _describe_route(section_of: Sequence[int], titles: Sequence[str], numbers: Sequence[int]) -> str:
    stretches = [
        [number for number, _ in group] for _, group in groupby(zip(numbers, section_of, strict=True), lambda p: p[1])
    ]
    order = [section for section, _ in groupby(section_of)]
    through = "; ".join(
        f"{titles[section]} ({own[0]} to {own[-1]})" for section, own in zip(order, stretches, strict=True)
    )
    shown = f"{len(section_of)} papers as numbered dots, near each other where they are near in meaning."
    return f"{shown} The route from the ring to the square leads through: {through}." if through else shown


def map_stylesheet() -> str:
    """The map's style sheet, and the colours of sections (`--c` of .s0, .s1 ...) for the page around it."""
    return (
        ".pr-map{--page:#fff;--ink:#1d2329;--faint:#8a949e;"
        'font-family:system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}'
        ".pr-map .page{fill:var(--page)}"
        ".pr-map .area{fill:none;stroke:var(--c);stroke-opacity:.13;stroke-linecap:round;stroke-linejoin:round}"
        ".pr-map .leg{fill:none;stroke:var(--c,var(--faint));stroke-width:2;stroke-linecap:round}"
        ".pr-map .between{stroke-dasharray:1 5;stroke-opacity:.9}"
        ".pr-map .dot{fill:var(--c);stroke:var(--page);stroke-width:1.5}"
        ".pr-map .end{fill:none;stroke:var(--c);stroke-width:2}"
        ".pr-map .no{fill:var(--page);font-weight:600;text-anchor:middle}"
        ".pr-map .name{fill:var(--c);font-weight:650;text-anchor:middle;paint-order:stroke;stroke:var(--page);"
        "stroke-width:5;stroke-linejoin:round}.pr-map>.name{pointer-events:none}"
        ".pr-map a:hover .dot,.pr-map a:focus .dot{stroke:var(--ink)}"
        ".pr-map .section-mark{display:none}.pr-map a:hover .name{text-decoration:underline}"
        + _colour_rules(LIGHT_COLOURS)
        + "@media (prefers-color-scheme:dark){.pr-map{--page:#14181d;--ink:#e8ecf0;--faint:#76818c}"
        + _colour_rules(DARK_COLOURS)
        + "}"
    )


def _colour_rules(hues: Sequence[str]) -> str:
    return "".join(f".s{index}{{--c:#{hue}}}" for index, hue in enumerate(hues))


def _colour_class(section: int) -> str:
    return f"s{section % len(LIGHT_COLOURS)}"


def _route_paths(places: Points, section_of: Sequence[int], radius: float) -> Iterator[str]:
    """A soft ground under each section, the leaps between sections dotted, and the route through each."""
    stretches = [
        (section, places[[at for at, _ in group]])
        for section, group in groupby(enumerate(section_of), key=lambda pair: pair[1])
    ]
    for section, own in stretches:
        yield f'<path class="area {_colour_class(section)}" stroke-width="{4.4 * radius:.0f}" d="{_path(own)}"/>'
    for (_, own), (_, following) in pairwise(stretches):
        yield f'<path class="leg between" d="{_path(np.vstack([own[-1], following[0]]))}"/>'
    for section, own in stretches:
        yield f'<path class="leg {_colour_class(section)}" d="{_path(own)}"/>'


def _path(places: Points) -> str:
    """Through every place in smooth bends: a Catmull-Rom spline as cubic Bézier curves."""
    if len(places) == 2:
        return f"M{_pair(places[0])}L{_pair(places[1])}"
    before, after = _handles(places)
    curves = zip(after[:-1], before[1:], places[1:], strict=True)
    # A single place is a line of no length, whose round ends draw the ground under its dot.
    bends = "".join(f"C{_pair(a)} {_pair(b)} {_pair(c)}" for a, b, c in curves) or f"L{_pair(places[0])}"
    return f"M{_pair(places[0])}{bends}"


def _handles(places: Points) -> tuple[Points, Points]:
    padded = np.vstack([places[:1], places, places[-1:]])
    tangents = (padded[2:] - padded[:-2]) / _TENSION
    return places - tangents, places + tangents


def _points_along(places: Points) -> Points:
    """Points along the route, close enough to tell what a name would cover."""
    steps = np.linspace(0, 1, 8, endpoint=False)[:, None, None]
    return np.reshape((1 - steps) * places[None, :-1] + steps * places[None, 1:], (-1, 2))


def _pair(place: Points) -> str:
    return f"{place[0]:.1f},{place[1]:.1f}"


def _end_marks(places: Points, section_of: Sequence[int], radius: float) -> Iterator[str]:
    """A ring where the route begins, a square where it ends."""
    if len(places) < 2:
        return
    reach = radius + 4
    (x, y), (u, v) = places[0], places[-1]
    yield f'<circle class="end {_colour_class(section_of[0])}" cx="{x:.1f}" cy="{y:.1f}" r="{reach:.1f}"/>'
    yield (
        f'<rect class="end {_colour_class(section_of[-1])}" x="{u - reach:.1f}" y="{v - reach:.1f}"'
        f' width="{2 * reach:.1f}" height="{2 * reach:.1f}" rx="3"/>'
    )


def _dot(
    place: Points, section: int, number: int, label: str, href: str, radius: float, *, anchor: bool = False
) -> str:
    size = radius if number < 100 else 0.8 * radius
    tag, link = ("a", f" href={quoteattr(href)}") if href else ("g", "")
    named = f' id="m{number}"' if anchor else ""
    title = f"<title>{number}. {escape(_clean_label(label, _LABEL))}</title>"
    return (
        f'<{tag} class="{_colour_class(section)}"{link}{named}>{title}'
        f'<circle class="dot" cx="{place[0]:.1f}" cy="{place[1]:.1f}" r="{radius:.1f}"/>'
        f'<text class="no" x="{place[0]:.1f}" y="{place[1] + 0.36 * size:.1f}" font-size="{size:.1f}">{number}</text>'
        f"</{tag}>"
    )


def _name(name: MapLabel, *, linked: bool) -> str:
    lines = "".join(
        f'<tspan x="{name.x:.1f}" y="{name.y + LEADING * at:.1f}">{escape(line)}</tspan>'
        for at, line in enumerate(name.lines)
    )
    text = f'<text class="name {_colour_class(name.section)}" font-size="{FONT_SIZE:.0f}">{lines}</text>'
    return f'<a class="to-section" href="#s{name.section + 1}">{text}</a>' if linked else text


def _section_marks(places: Points, section_of: Sequence[int], names: Sequence[str]) -> Iterator[str]:
    """A numbered circle on a paper of each section, near the section's middle and away from the other circles."""
    sections = np.asarray(section_of)
    taken: list[Points] = []
    for section in dict.fromkeys(section_of):
        own = places[sections == section]
        cost = np.linalg.norm(own - own.mean(axis=0), axis=1)
        for other in taken:
            cost = cost + 1_000 * (np.linalg.norm(own - other, axis=1) < 2.3 * _MARK)
        taken.append(own[int(cost.argmin())])
        x, y = taken[-1]
        title = f"<title>{section + 1}. {escape(names[section])}</title>"
        yield (
            f'<a class="section-mark {_colour_class(section)}" href="#s{section + 1}">{title}'
            f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="{_MARK:.0f}"/>'
            f'<text class="no" x="{x:.1f}" y="{y + 0.36 * _MARK:.1f}" font-size="{_MARK:.0f}">{section + 1}</text></a>'
        )
