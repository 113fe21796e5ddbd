"""Composition of harvesting: the collections that the configuration names, over the sources that have them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from digest.errors import BadInput, ConfigError, SourceError
from digest.harvest.file_fill import fill_from_file
from digest.harvest.harvest_part import HarvestPart
from digest.harvest.harvester import Harvester
from digest.harvest.report import describe_run
from digest.run_context import RunContext
from digest.sources.registry import HARVEST_SOURCES, SourceSetup
from paperroute.compose.app import App, user_agent


def make_harvester(app: App) -> Harvester | None:
    """None where nothing is to be harvested. Raises ConfigError where a source has no such collection."""
    plan = app.config.harvest.plan
    if not plan.collections:
        return None
    values, agent = app.config.model_dump(), user_agent(app.config.arxiv.contact)
    sources = {
        name: HARVEST_SOURCES[name](SourceSetup(agent, app.store.source_turns, values.get(name, {})))
        for name in dict.fromkeys(collection.source for collection in plan.collections)
    }
    try:
        named = [replace(one, name=sources[one.source].check(one.name)) for one in plan.collections]
    except BadInput as error:
        raise ConfigError(f"harvest.collections: {error.message}", hint=error.hint) from None
    return Harvester(replace(plan, collections=tuple(dict.fromkeys(named))), sources, app.store)


def harvest_now(app: App, run: RunContext, file: Path | None) -> str:
    """All collections, and before them a file of arXiv's metadata; what came, in a line. Raises ConfigError, BadInput,
    SourceError, Cancelled.
    """
    harvester = make_harvester(app)
    if harvester is None:
        raise ConfigError("Nothing is to be harvested.", hint="Name it at harvest.collections: docs/harvest.md")
    if file:
        fill_from_file(file, harvester, app.store, run)
    done = harvester.run(run)
    if done and done.state == "failed":
        raise SourceError(str(describe_run(done)), hint="What came is kept; the same command goes on from there.")
    return str(describe_run(done)) if done else ""


def make_harvest_part(app: App) -> HarvestPart | None:
    """Raises ConfigError."""
    harvester = make_harvester(app)
    if harvester is None:
        return None
    return HarvestPart(harvester, app.store, app.search_embedder(free=True) if app.config.harvest.vectors else None)
