"""Where names stand on the map: over no dot, and near their own."""

from __future__ import annotations

import numpy as np

from digest.render.maps.map_labels import FONT_SIZE, LEADING, place_labels


def test_a_name_covers_no_dot_where_there_is_room_beside_a_crowd() -> None:
    """A block of dots larger than any name, in whose middle a section lies."""
    crowd = np.array([(x, y) for x in range(60, 420, 30) for y in range(60, 240, 20)], float)
    sections = [1 if 200 < x < 280 and 120 < y < 180 else 0 for x, y in crowd]
    labels = place_labels(["Around", "In the middle"], sections, crowd, crowd, 6.0, (480.0, 480.0))
    for label in labels:
        width = 0.62 * FONT_SIZE * max(map(len, label.lines))
        inside = (np.abs(crowd[:, 0] - label.x) < width / 2) & (np.abs(crowd[:, 1] - label.y + 4) < LEADING / 2)
        assert not inside.any(), label
