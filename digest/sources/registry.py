"""Registry of paper sources: every value that `source.kind` may have, what can be harvested, and how each is made.

Whatever has to know which there are reads `SOURCES` or `HARVEST_SOURCES`: the configuration, its composition, the
status page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from digest.ports import HarvestSource, PaperSource, RequestPacer


@dataclass(frozen=True)
class SourceSetup:
    """What a source may be made from. settings: the values of the section of config.toml that has its name, if any."""

    user_agent: str
    pacer: RequestPacer
    settings: Mapping[str, Any]


def _make_arxiv(setup: SourceSetup) -> PaperSource:
    from digest.sources.arxiv.source import ArxivSource  # noqa: PLC0415 - names of sources are read more often

    keys = ("api_url", "delay_seconds", "connect_seconds", "read_seconds", "deadline_seconds")
    return ArxivSource(
        user_agent=setup.user_agent,
        pace=setup.pacer,
        page_size=200,  # arXiv answers pages of 100 to 200 most reliably; fewer pages are fewer pauses
        **{key: setup.settings[key] for key in keys},
    )


def _make_arxiv_harvest(setup: SourceSetup) -> HarvestSource:
    from digest.sources.arxiv.oai import ArxivHarvest  # noqa: PLC0415

    keys = ("oai_url", "delay_seconds", "connect_seconds", "read_seconds")
    return ArxivHarvest(user_agent=setup.user_agent, pace=setup.pacer, **{key: setup.settings[key] for key in keys})


def _make_sample(_: SourceSetup) -> PaperSource:
    from digest.sources.sample import SampleSource  # noqa: PLC0415

    return SampleSource()


SOURCES: dict[str, Callable[[SourceSetup], PaperSource]] = {
    "arxiv": _make_arxiv,
    "sample": _make_sample,
}


def _make_preprint_harvest(name: str, setup: SourceSetup) -> HarvestSource:
    from digest.sources.biorxiv.details import DetailsClient  # noqa: PLC0415 - what it stands on takes time to import
    from digest.sources.biorxiv.harvest import PreprintHarvest  # noqa: PLC0415
    from digest.sources.biorxiv.servers import SERVERS  # noqa: PLC0415

    server = SERVERS[name]
    client = DetailsClient(
        label=server.label,
        user_agent=setup.user_agent,
        pace=setup.pacer,
        **{key: setup.settings[key] for key in ("api_url", "delay_seconds", "deadline_seconds")},
    )
    return PreprintHarvest(server=server, client=client)


HARVEST_SOURCES: dict[str, Callable[[SourceSetup], HarvestSource]] = {
    "arxiv": _make_arxiv_harvest,
    "biorxiv": partial(_make_preprint_harvest, "biorxiv"),
    "medrxiv": partial(_make_preprint_harvest, "medrxiv"),
}
