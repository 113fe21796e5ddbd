"""Label placement on the route map: section titles near their papers, over no dot or other label. Pure."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digest.route.map_layout import Points

FONT_SIZE = 13.0  # of the letters, in the picture's units
LEADING = 15.5
_LETTER = 0.62 * FONT_SIZE  # width of a semibold letter, on the wide side; East Asian ones are square
_LINE = 26  # letters a line, two lines at the most
_GAP = 5.0
_NEAR = 40.0  # from a name to its papers
_STEP = 16.0  # between places anywhere in the picture
_COVER_NAME, _COVER_DOT, _COVER_LINE = 100.0, 30.0, 0.35  # cost of covering, by area, by dot and by point of the route


@dataclass(frozen=True)
class MapLabel:
    """A section's name as set: its lines, centred on x, with the baseline of the first line at y."""

    section: int
    lines: tuple[str, ...]
    x: float
    y: float


def wrap_title(title: str) -> tuple[str, ...]:
    """A title in at most two lines, shortened where it is longer."""
    wide = _text_width(title) > _LETTER * len(title) * 1.2
    return tuple(textwrap.wrap(title, _LINE // 2 if wide else _LINE, max_lines=2, placeholder=" …"))


def place_labels(
    titles: Sequence[str],
    section_of: Sequence[int],
    places: Points,
    route: Points,
    radius: float,
    frame: tuple[float, float],
) -> list[MapLabel]:
    """A place for every name, larger sections first. places (n, 2): the dots; route (m, 2): points along the line."""
    sections = np.asarray(section_of)
    taken: list[NDArray[np.float64]] = []
    names = []
    for section in sorted(set(section_of), key=lambda s: (-int((sections == s).sum()), s)):
        lines = wrap_title(titles[section])
        if not lines:
            continue
        half = np.array([max(map(_text_width, lines)) / 2 + 2, LEADING * len(lines) / 2 + 1])
        centres = _candidates(places[sections == section], half, radius, frame)
        cost = _cost(centres, half, places, route, taken, radius) + _distance(centres, places[sections == section])
        best = centres[int(cost.argmin())]
        taken.append(np.concatenate([best - half, best + half]))
        names.append(MapLabel(section, lines, float(best[0]), float(best[1] - half[1] + FONT_SIZE)))
    return sorted(names, key=lambda name: name.section)


def _text_width(text: str) -> float:
    return sum(FONT_SIZE if unicodedata.east_asian_width(letter) in "WF" else _LETTER for letter in text)


def _candidates(dots: Points, half: NDArray[np.float64], radius: float, frame: tuple[float, float]) -> Points:
    """Centres of a box around each dot of the section, around their middle, and anywhere, moved into the frame."""
    around = np.array([(x, y) for x in (-1.0, -0.5, 0.0, 0.5, 1.0) for y in (-1.0, 0.0, 1.0) if abs(x) == 1 or y])
    reach = [(half + radius * grow + _GAP) * around for grow in (1.0, 2.2, 3.6)]
    anchors = np.vstack([dots, dots.mean(axis=0)])
    centres = (anchors[:, None] + np.vstack([*reach, np.zeros((1, 2))])[None]).reshape(-1, 2)
    centres = np.vstack([centres, _grid(frame)])  # where all of these lie over dots
    return np.asarray(np.clip(centres, half + 4, np.maximum(np.asarray(frame) - half - 4, half + 4)), dtype=np.float64)


def _grid(frame: tuple[float, float]) -> Points:
    columns, rows = (np.arange(_STEP / 2, side, _STEP) for side in frame)
    return np.stack(np.meshgrid(columns, rows), axis=-1).reshape(-1, 2)


def _cost(
    centres: Points,
    half: NDArray[np.float64],
    dots: Points,
    route: Points,
    taken: Sequence[NDArray[np.float64]],
    radius: float,
) -> NDArray[np.float64]:
    cost = _COVER_DOT * _count_inside(dots, centres, half + radius + 2) + _COVER_LINE * _count_inside(
        route, centres, half
    )
    for box in taken:
        low, high = np.maximum(centres - half, box[:2] - 3), np.minimum(centres + half, box[2:] + 3)
        cost = cost + _COVER_NAME * (np.maximum(high - low, 0).prod(axis=1) > 0)
    return np.asarray(cost, dtype=np.float64)


def _count_inside(points: Points, centres: Points, half: NDArray[np.float64]) -> NDArray[np.float64]:
    """How many of the points lie in a box around each centre."""
    return np.asarray((np.abs(points[None] - centres[:, None]) < half).all(axis=2).sum(axis=1), dtype=np.float64)


def _distance(centres: Points, dots: Points) -> NDArray[np.float64]:
    """From the nearest dot of the section, and a little from their middle: a name belongs to its papers."""
    near = np.linalg.norm(centres[:, None] - dots[None], axis=2).min(axis=1)
    middle = np.linalg.norm(centres - dots.mean(axis=0), axis=1)
    far = np.maximum(near - _NEAR, 0)  # there a name reads as another's
    return np.asarray(near / 15 + 0.6 * far + middle / 120, dtype=np.float64)
