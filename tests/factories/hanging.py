"""The whole program over stand-ins for arXiv, a language model and Slack, one of which hangs in a chosen stage."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.service import SlackService
from digest.sources import sample
from paperroute.compose.app import open_app
from paperroute.compose.slack import make_bot_services
from paperroute.config.load import Config
from tests.doubles.arxiv_server import ArxivServer, Entry
from tests.doubles.llm_server import Fault, LlmServer
from tests.doubles.slack_server import SlackServer
from tests.factories.slack import running

# What hangs, from the question to the last part of the answer, beside "arxiv" and "posting": the roles of model calls.
ROLES = ("questions", "embedding", "relevance", "summary", "section", "opening")
STAGES = ("questions", "arxiv", "embedding", "relevance", "summary", "section", "opening", "posting")


@dataclass
class Hanging:
    """service: the bot. is_hanging: whether the call that hangs was made."""

    service: SlackService
    is_hanging: Callable[[], bool]


def entries() -> list[Entry]:
    """The bundled papers, as arXiv would tell them."""
    lines = sample.BUNDLED.read_text(encoding="utf-8").split("\n")
    papers = [paper for line in lines if line.strip() and "about" not in (paper := json.loads(line))]
    return [
        Entry(
            id=paper["id"],
            title=paper["title"],
            abstract=paper["abstract"],
            authors=tuple(paper["authors"]),
            categories=tuple(paper["categories"]),
            published=f"{paper['published'][:10]}T12:00:00Z",
        )
        for paper in papers
    ]


@contextmanager
def hanging_bot(stage: str, slack: SlackServer, store: Path) -> Iterator[Hanging]:
    """The bot, which hangs in a stage as soon as it gets there; what hangs ends with it, or long after any wait."""
    with ArxivServer(entries()) as arxiv, LlmServer() as llm:
        if stage == "arxiv":
            arxiv.faults.append("hang")
        elif stage == "posting":
            slack.faults.plan("chat.postMessage", "limited", retry_after=900)
        else:
            llm.faults.extend(Fault("hang", match=stage) for _ in range(500))
        roles = dict.fromkeys(("queries", "summary", "synthesis"), "local:model") | {"embedding": "local:vectors"}
        config = Config.model_validate(
            {
                "store": {"path": store},
                "arxiv": {"api_url": arxiv.url, "delay_seconds": 0.0},
                "survey": {"requests": 1},
                "models": roles | {"call_seconds": 900.0},
                "providers": {"local": {"base_url": llm.openai_url}},
                "prices": {"local:model": (0, 0), "local:vectors": (0, 0)},
            }
        )

        def is_hanging() -> bool:
            if stage == "arxiv":
                return any(asked.fault == "hang" for asked in arxiv.requests)
            if stage == "posting":
                return bool(slack.state.called("chat.postMessage"))
            return any(asked.get("fault") == "hang" for asked in llm.log)

        with open_app(config, {}) as app:
            with running(slack, make_bot_services(app)) as service:
                yield Hanging(service, is_hanging)
            llm.faults.clear()
            llm.closing.set()  # or the model's threads would wait for their answers
