"""Colours of sections, on a map and wherever a section is named."""

from __future__ import annotations

# Ten hues of about one lightness, each readable as text on its ground; neighbours differ also for the colour-blind.
LIGHT_COLOURS = "1f63b0 b5451b 17764a 843f93 7d5a00 0b6e80 a62653 4a47b3 55620f 545d68".split()
DARK_COLOURS = "86b9f4 f3a07c 74d3a4 dba3e6 e3bd5b 6dcbdd f492b2 aeaefa bdcd66 b9c3ce".split()


def section_colour(section: int) -> str:
    """Of the section with this index, as a colour of CSS on a light ground."""
    return f"#{LIGHT_COLOURS[section % len(LIGHT_COLOURS)]}"
