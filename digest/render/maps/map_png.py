"""Route map of an edition as a small PNG, for mail and Slack, which show no SVG.

Invariant: a PNG of at most 30 KB, opaque, or, for mails, clear where nothing is drawn, since no client says beforehand
on which ground it shows them: the sections' colours can be seen on a light and on a dark one. It is sharp at twice its
size on the page; the same edition gives the same bytes.
Its words are numbers only, so that it needs no font but the one Pillow brings: a dot has its paper's number while there
is room, a square its section's. What they stand for is told beside it.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby, pairwise

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageColor, ImageDraw, ImageFont

from digest.render.maps.colours import section_colour
from store.records.editions import Edition

WIDTH, HEIGHT = 480, 296  # on the page
MAX_BYTES = 30_000  # bytes
_OVERSAMPLING = 2  # how much larger it is drawn, to be smoothed
_GROUND = "#ffffff"
_CLEAR = "#ffffff00"
# (with the papers' numbers, scale, colours): what is tried in turn until the file is small enough.
_ATTEMPTS = ((True, 2, 128), (True, 2, 32), (False, 2, 64), (False, 2, 32), (False, 1, 64), (False, 1, 32))
_MAX_NUMBERED = 40  # papers; the dots of more are too small for a number on a telephone
_STEPS = 64  # points of the curve between two papers
_TENSION = 7.0  # as the SVG's
_BADGE = 11.0  # half the side of a section's square

Points = NDArray[np.float64]


def route_png(edition: Edition) -> bytes | None:
    """The map of an edition's route; none where too few papers make a route, or too many for a small picture."""
    return _draw(edition, _GROUND)


def clear_route_png(edition: Edition) -> bytes | None:  # decision 155
    """Likewise, on whatever ground it is shown."""
    return _draw(edition, _CLEAR)


def _draw(edition: Edition, ground: str) -> bytes | None:
    if len(edition.papers) < 2:
        return None
    ways = [way for way in _ATTEMPTS if len(edition.papers) <= _MAX_NUMBERED or not way[0]]
    drawings = {numbered: _Drawing(edition, numbered, ground) for numbered in (True, False)}
    files = (_encode_png(drawings[numbered].image(scale), colours) for numbered, scale, colours in ways)
    return next((file for file in files if len(file) <= MAX_BYTES), None)


def _encode_png(image: Image.Image, colours: int) -> bytes:
    out = io.BytesIO()
    # The better method knows no alpha.
    method = Image.Quantize.FASTOCTREE if image.mode == "RGBA" else Image.Quantize.MEDIANCUT
    image.quantize(colours, method=method, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()


@dataclass(frozen=True)
class _Drawing:
    edition: Edition
    numbered: bool
    ground: str

    @cached_property
    def radius(self) -> float:
        """Of a dot; smaller where there are many."""
        return float(min(11.0, (62 if self.numbered else 46) / np.sqrt(len(self.edition.papers))))

    @cached_property
    def places(self) -> Points:
        margin = self.radius + 16
        unit = np.clip([(paper.x, paper.y) for paper in self.edition.papers], 0, 1)
        return np.asarray(margin + unit * (np.array([WIDTH, HEIGHT]) - 2 * margin), dtype=np.float64)

    @cached_property
    def stretches(self) -> list[tuple[int, Points]]:
        """Along the route, the places of each section's papers."""
        numbered = groupby(enumerate(paper.section for paper in self.edition.papers), key=lambda pair: pair[1])
        return [(section, self.places[[at for at, _ in group]]) for section, group in numbered]

    @cached_property
    def curves(self) -> list[tuple[int, Points]]:
        return [(section, _smooth_curve(own)) for section, own in self.stretches]

    def image(self, scale: int) -> Image.Image:
        """With so many pixels for one of the page."""
        finer = scale * _OVERSAMPLING
        clear = self.ground == _CLEAR
        image = Image.new("RGBA" if clear else "RGB", (WIDTH * finer, HEIGHT * finer), self.ground)
        pen = _Pen(ImageDraw.Draw(image), finer, self.ground)
        for section, curve in self.curves:
            colour = section_colour(section)
            pen.stroke(curve, 2.2 * self.radius, f"{colour}30" if clear else _tint(colour))
        for (section, own), (_, following) in pairwise(self.stretches):
            for place in _dotted_line(own[-1], following[0]):
                pen.stroke(place[None], 1.1, section_colour(section))
        for section, curve in self.curves:
            pen.stroke(curve, 1.1, section_colour(section))
        self._mark_ends(pen)
        for paper, place in zip(self.edition.papers, self.places, strict=True):
            pen.dot(place, self.radius, section_colour(paper.section), str(paper.number) if self.numbered else "")
        for section, place in self.badges:
            pen.badge(place, section_colour(section), str(section + 1))
        if clear:  # a colour counts in a mean by how much of it is there
            return image.convert("RGBa").reduce(_OVERSAMPLING).convert("RGBA")
        return image.reduce(_OVERSAMPLING)  # a mean of whole pixels: sharper means would add shades, and so bytes

    def _mark_ends(self, pen: _Pen) -> None:
        """A ring where the route begins, a square where it ends."""
        first, last = self.edition.papers[0].section, self.edition.papers[-1].section
        pen.ring(self.places[0], self.radius + 4, section_colour(first))
        pen.square(self.places[-1], self.radius + 4, section_colour(last))

    @cached_property
    def badges(self) -> list[tuple[int, Points]]:
        """A place for each section's number, next to its papers and over as little as possible."""
        route = np.vstack([curve[::8] for _, curve in self.curves])
        taken: list[Points] = []
        placed = []
        for section in sorted({paper.section for paper in self.edition.papers}):
            own = self.places[[paper.section == section for paper in self.edition.papers]]
            centres = _candidate_centres(own, self.radius + _BADGE + 3)
            cost = 12 * _count_covered(centres, self.places, self.radius + _BADGE + 1) + _count_covered(
                centres, route, _BADGE
            )
            if taken:
                cost = cost + 100 * _count_covered(centres, np.array(taken), 2 * _BADGE + 2)
            cost = cost + np.linalg.norm(centres - own.mean(axis=0), axis=1) / 30
            taken.append(centres[int(cost.argmin())])
            placed.append((section, taken[-1]))
        return placed


@dataclass(frozen=True)
class _Pen:
    """Draws in units of the page."""

    draw: ImageDraw.ImageDraw
    scale: float
    ground: str

    def stroke(self, points: Points, half: float, colour: str) -> None:
        """A line with round ends, a point at a time: Pillow's own has gaps at its bends."""
        for x, y in _resample_evenly(points, min(1.0, half / 3)):
            self.draw.ellipse(self._box(x, y, half), fill=colour)

    def dot(self, place: Points, radius: float, colour: str, number: str) -> None:
        self.draw.ellipse(self._box(place[0], place[1], radius + 1.4), fill=self.ground)
        self.draw.ellipse(self._box(place[0], place[1], radius), fill=colour)
        self._number(place, number, radius * (1.12 if len(number) < 3 else 0.86), _GROUND)

    def badge(self, place: Points, colour: str, number: str) -> None:
        box = self._box(place[0], place[1], _BADGE)
        self.draw.rounded_rectangle(box, radius=4 * self.scale, fill=_GROUND, outline=colour, width=int(2 * self.scale))
        self._number(place, number, 14, colour)

    def ring(self, place: Points, radius: float, colour: str) -> None:
        self.draw.ellipse(self._box(place[0], place[1], radius), outline=colour, width=int(2 * self.scale))

    def square(self, place: Points, half: float, colour: str) -> None:
        box = self._box(place[0], place[1], half)
        self.draw.rounded_rectangle(box, radius=3 * self.scale, outline=colour, width=int(2 * self.scale))

    def _number(self, place: Points, number: str, size: float, colour: str) -> None:
        if not number:
            return
        font = ImageFont.load_default(size * self.scale)
        middle = (place[0] * self.scale, place[1] * self.scale)
        # The stroke makes it semibold: Pillow brings one weight.
        self.draw.text(middle, number, colour, font, anchor="mm", stroke_width=size * self.scale / 60)

    def _box(self, x: float, y: float, half: float) -> tuple[float, float, float, float]:
        s = self.scale
        return ((x - half) * s, (y - half) * s, (x + half) * s, (y + half) * s)


def _smooth_curve(places: Points) -> Points:
    """Points on smooth bends through every place: a Catmull-Rom spline, as the SVG draws it."""
    if len(places) < 2:
        return places
    padded = np.vstack([places[:1], places, places[-1:]])
    bend = (padded[2:] - padded[:-2]) / _TENSION
    t = np.linspace(0, 1, _STEPS)[:, None, None]
    a, b, c, d = places[:-1], places[:-1] + bend[:-1], places[1:] - bend[1:], places[1:]
    points = (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t**2 * c + t**3 * d
    return np.asarray(points.transpose(1, 0, 2).reshape(-1, 2), dtype=np.float64)


def _resample_evenly(points: Points, step: float) -> Points:
    """The same line, with a point every `step`."""
    along = np.concatenate([[0.0], np.linalg.norm(np.diff(points, axis=0), axis=1).cumsum()])
    at = np.linspace(0, along[-1], int(along[-1] / step) + 1)
    return np.column_stack([np.interp(at, along, points[:, axis]) for axis in (0, 1)])


def _dotted_line(start: Points, end: Points) -> Points:
    steps = max(2, int(np.linalg.norm(end - start) / 6))
    return np.linspace(start, end, steps)


def _tint(colour: str) -> str:
    """Hardly there: one part colour to seven of the ground."""
    red, green, blue = (round(255 - (255 - part) / 8) for part in ImageColor.getrgb(colour)[:3])
    return f"#{red:02x}{green:02x}{blue:02x}"


def _candidate_centres(places: Points, reach: float) -> Points:
    turns = np.arange(16) * np.pi / 8
    ring = np.column_stack([np.cos(turns), np.sin(turns)])
    centres = (places[:, None] + np.vstack([ring * reach, ring * reach * 1.7])[None]).reshape(-1, 2)
    edge = _BADGE + 3
    return np.asarray(np.clip(centres, edge, np.array([WIDTH, HEIGHT]) - edge), dtype=np.float64)


def _count_covered(centres: Points, points: Points, reach: float) -> NDArray[np.float64]:
    """How many of the points lie within reach of each centre."""
    near = np.abs(points[:, 0] - centres[:, :1]) < reach
    near &= np.abs(points[:, 1] - centres[:, 1:]) < reach
    return np.asarray(near.sum(axis=1), dtype=np.float64)
