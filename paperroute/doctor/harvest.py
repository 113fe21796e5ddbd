"""Doctor of harvesting: the last run, the next, and how complete each collection is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from digest.errors import PaperRouteError
from digest.harvest.report import HarvestLine, report_harvest
from digest.ports import Finding
from digest.sources.coverage import lacking_areas
from digest.sources.harvested import lacking_error
from paperroute.compose.app import App
from paperroute.compose.harvest import make_harvester


def examine_harvest(app: App) -> Iterator[Finding]:
    """Where nothing is to be harvested nothing but the topics that want it."""
    yield from _examine_topics(app)
    try:
        harvester = make_harvester(app)
    except PaperRouteError as error:
        yield Finding("harvest", "fail", error.message, error.hint)
        return
    if harvester:
        for line in report_harvest(app.store, harvester.plan, datetime.now(UTC)):
            yield Finding(
                "harvest", line.state, f"{line.name}: {line.detail}" if line.name else str(line.detail), _step(line)
            )


def _examine_topics(app: App) -> Iterator[Finding]:
    """Topics of subject areas that are not to be harvested: nothing of them will ever be found."""
    collections = app.config.harvest.plan.collections
    for topic in app.store.topics.list(active_only=True):
        if lacking := lacking_areas(topic.categories, collections):
            error = lacking_error(lacking)
            yield Finding("topic", "fail", f"{topic.slug}: {error.message}", str(error.hint))


def _step(line: HarvestLine) -> str:
    if line.state == "ok":
        return ""
    return (
        "paperroute harvest"
        if not line.name or line.state == "fail"
        else "It goes on each night while `paperroute serve` runs."
    )
