"""The route of an edition as a small picture: only the line, in its sections' colours. Decoration, so without words.

Invariant: pure; a few hundred bytes, whatever the size of the edition.
"""

from __future__ import annotations

from itertools import groupby

from markupsafe import Markup

from store.records.editions import Edition

_WIDTH, _HEIGHT, _MARGIN = 120, 76, 8
_MOST = 60  # papers drawn: more would be a blot


def thumb(edition: Edition) -> Markup:
    """An SVG that screen readers pass over; empty where there is no route."""
    papers = edition.papers[:: max(1, len(edition.papers) // _MOST)][:_MOST]
    if len(papers) < 2:
        return Markup()
    places = [(_at(one.x, _WIDTH), _at(one.y, _HEIGHT), one.section % 10) for one in papers]
    drawn = []
    for section, own in groupby(range(len(places)), key=lambda at: places[at][2]):
        at = list(own)
        until = min(at[-1] + 2, len(places))  # to the first paper of the next section
        points = " ".join(f"{x},{y}" for x, y, _ in places[at[0] : until])
        drawn.append(f'<polyline class="s{section}" points="{points}"/>')
    (x, y, first), (u, v, last) = places[0], places[-1]
    ends = f'<circle class="s{first}" cx="{x}" cy="{y}" r="4"/><circle class="s{last} stop" cx="{u}" cy="{v}" r="4"/>'
    return Markup(  # noqa: S704  # numbers only
        f'<svg class="thumb pr-map" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}"'
        f' aria-hidden="true" focusable="false">{"".join(drawn)}{ends}</svg>'
    )


def _at(share: float, size: int) -> int:
    return round(_MARGIN + min(max(share, 0.0), 1.0) * (size - 2 * _MARGIN))
