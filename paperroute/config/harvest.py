"""Configuration of harvesting: the section `[harvest]`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Annotated

from pydantic import BeforeValidator, Field

from digest.cadence import parse_time
from digest.errors import BadInput
from digest.harvest.collections import parse_collection
from digest.harvest.plan import HarvestPlan
from digest.sources.registry import HARVEST_SOURCES
from paperroute.config.sections import ConfigSection, split_list

_Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9._:-]+$", max_length=80)]


class HarvestSection(ConfigSection):
    collections: Annotated[tuple[_Name, ...], BeforeValidator(split_list)] = ()
    since: str = ""
    at: str = "04:15"
    vectors: bool = True

    @property
    def plan(self) -> HarvestPlan:
        wanted = dict.fromkeys(parse_collection(name, HARVEST_SOURCES) for name in self.collections)
        return HarvestPlan(tuple(wanted), date.fromisoformat(self.since) if self.since else None, self.at)


def harvest_problems(section: HarvestSection) -> Iterator[str]:
    """What a type cannot say, a line for each."""
    try:
        if section.since:
            date.fromisoformat(section.since)
    except ValueError:
        yield f"harvest.since = {section.since!r}: write a day such as 2026-01-31, or nothing for all papers"
    try:
        parse_time(section.at)
    except BadInput as error:
        yield f"harvest.at: {error.message}"
