"""The route as a picture: small, opaque, in the sections' colours, the same for the same edition."""

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageColor

from digest.mail.digest_mail import describe_map
from digest.render.maps.colours import section_colour
from digest.render.maps.map_png import HEIGHT, MAX_BYTES, WIDTH, clear_route_png, route_png
from tests.doubles.editions import edition


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


@pytest.mark.parametrize("size", [2, 3, 12, 40, 60, 150])
def test_it_is_a_small_opaque_png(size):
    data = route_png(edition(size))
    image = opened(data)
    assert image.format == "PNG"
    assert len(data) <= MAX_BYTES
    assert image.size in ((2 * WIDTH, 2 * HEIGHT), (WIDTH, HEIGHT))
    assert "transparency" not in image.info
    assert image.convert("RGBA").getextrema()[3] == (255, 255)


@pytest.mark.parametrize("size", [2, 12, 40, 150])
def test_a_mails_is_clear_where_nothing_is_drawn_and_has_no_pale_fringe(size):
    data = clear_route_png(edition(size))
    assert len(data) <= MAX_BYTES
    image = opened(data).convert("RGBA")
    shown = [tuple(pixel) for pixel in np.asarray(image).reshape(-1, 4)]
    assert image.getpixel((2, 2))[3] == 0
    assert sum(pixel[3] == 0 for pixel in shown) > 0.4 * len(shown)
    faint = [pixel for pixel in shown if 0 < pixel[3] < 128]
    assert faint
    assert sum(min(pixel[:3]) > 200 for pixel in faint) < 0.02 * len(faint)


def test_a_usual_one_is_sharp():
    assert opened(route_png(edition(30))).size == (2 * WIDTH, 2 * HEIGHT)


def test_dots_stand_where_the_map_has_them_in_their_sections_colour():
    survey = edition(12)
    image = opened(route_png(survey)).convert("RGB")
    ground = image.getpixel((2, 2))
    assert ground == (255, 255, 255)
    colours = {image.getpixel((x, y)) for x in range(0, image.width, 2) for y in range(0, image.height, 2)}
    for section in range(len(survey.sections)):
        wanted = ImageColor.getrgb(section_colour(section))
        assert any(max(abs(a - b) for a, b in zip(wanted, colour, strict=True)) < 12 for colour in colours)
    absent = ImageColor.getrgb(section_colour(len(survey.sections)))
    assert not any(max(abs(a - b) for a, b in zip(absent, colour, strict=True)) < 12 for colour in colours)


def test_the_same_edition_gives_the_same_bytes():
    assert route_png(edition(26)) == route_png(edition(26))


def test_there_is_none_where_there_is_no_route():
    assert route_png(edition(0)) is None
    assert route_png(edition(1)) is None


@pytest.mark.parametrize("place", [(-5.0, 9.0), (0.5, 0.5), (0.0, 1.0)])
def test_places_outside_and_on_one_spot_are_drawn(place):
    survey = edition(5)
    papers = tuple(replace(paper, x=place[0], y=place[1]) for paper in survey.papers)
    assert len(route_png(replace(survey, papers=papers))) < MAX_BYTES


def test_its_words_say_where_the_route_leads():
    words = describe_map(edition(12, kind="digest"))
    assert words.startswith("Map of the 12 papers with the reading route. It leads through Distilled recognisers")
    assert "(section 2, papers 7 to 12)." in words
    assert "第2節" in describe_map(edition(12, kind="digest", language="ja"))
