"""How soon the bot acknowledges, shows a sign and answers: 50 mentions at once, over the stand-in for Slack.

    python -m bench.slack [MENTIONS]

Slack and bot are processes of their own, the models are built in, the papers are the sample. It prints percentiles in
seconds and their ratio to what is asked for; answers, what came twice or was refused; then Stop, and cut sockets.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from digest.extractive.embedder import WordLlamaEmbedder
from digest.extractive.queries import KeywordQueries
from digest.extractive.summaries import ExtractiveSummaries
from digest.extractive.synthesis import AssembledSynthesis
from digest.pipeline.services import Services
from digest.sources.sample import SampleSource
from store import Store
from tests.doubles.slack_server import SlackServer
from tests.doubles.slack_state import State
from tests.factories.slack import Gate, bot_services, running

CHANNEL = "C1GENERAL"
ASKED = {"ack": 0.1, "first sign": 0.3, "stop": 2.0}  # seconds, p95
TOPICS = ["LoRA for image generation", "speech recognition", "diffusion models", "text-to-image", "transformers"]


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]


def first_signs(state: State, sent: dict[str, float]) -> list[float]:
    """From the event's sending to the first thing that a reader sees in the thread."""
    seen: dict[str, float] = {}
    for status in state.statuses:
        seen.setdefault(status["thread_ts"], status["at"])
    for message in state.by_bot(CHANNEL):
        at = float(message["seen_at"])
        seen[message["thread_ts"]] = min(seen.get(message["thread_ts"], at), at)
    return [seen[ts] - at for ts, at in sent.items()]


def run(count: int, folder: Path) -> None:
    with SlackServer() as slack:
        command = [sys.executable, "-m", "tests.doubles.slack_bot", str(folder / "bot.db"), slack.api_url]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as bot:
            assert bot.stdout is not None
            assert bot.stdout.readline() == "ready\n"
            for n in range(count):
                slack.state.add_user(f"U{n:03}ASKER")
            warm = slack.mention(TOPICS[0])
            slack.state.wait(lambda: slack.state.answers(CHANNEL, warm))
            began = time.monotonic()
            sent = {}
            for n in range(count):
                ts = slack.mention(f"{TOPICS[n % len(TOPICS)]} {n}", user=f"U{n:03}ASKER")
                sent[ts] = slack.delivery.envelopes[-1].sent
            answered = lambda: all(slack.state.by_bot(CHANNEL, ts) for ts in sent)  # noqa: E731
            slack.state.wait(lambda: answered() and len(final(slack, sent)) >= count, 300)
            took = time.monotonic() - began
            acks = [envelope.seconds for envelope in slack.delivery.envelopes[1:]]
            report("ack", acks)
            report("first sign", first_signs(slack.state, sent))
            answers = final(slack, sent)
            twice = len(answers) - len(set(answers))
            print(
                f"answers: {len(set(answers))} of {count}, {twice} twice, in {took:.1f} s, {count / took:.1f} a second"
            )
            print(f"calls refused: {len(slack.state.refused())} of {len(slack.state.calls)}")
            bot.terminate()


def stops(count: int, folder: Path) -> None:
    """From Slack's Stop to the word in the thread that it is stopped, over surveys that would go on for ever."""
    took = []
    with SlackServer() as slack, Store.open(folder / "stop.db") as store, ThreadPoolExecutor(2) as executor:
        models = KeywordQueries(), WordLlamaEmbedder(), ExtractiveSummaries(), AssembledSynthesis()
        services = Services(store, SampleSource(), *models, executor)
        with running(slack, bot_services(services, Gate(services))):
            for _ in range(count):
                ts = slack.mention(TOPICS[0])
                slack.state.wait(lambda: any(stream.live for stream in slack.state.streams.values()))
                began = time.monotonic()
                slack.stop(CHANNEL, ts)
                told = slack.state.wait(lambda ts=ts: slack.state.by_bot(CHANNEL, ts))
                took.append(float(told[0]["seen_at"]) - began)
    report("stop", took)


def cuts(folder: Path) -> None:
    """From each kind of cut to the next socket."""
    for cut in ("fin", "reset", "close", "silence"):
        with SlackServer() as slack, Store.open(folder / f"{cut}.db") as store, ThreadPoolExecutor(2) as executor:
            models = KeywordQueries(), WordLlamaEmbedder(), ExtractiveSummaries(), AssembledSynthesis()
            with running(slack, bot_services(Services(store, SampleSource(), *models, executor))):
                began = time.monotonic()
                getattr(slack.state.wait(slack.delivery.open_links)[0], cut)()
                slack.state.wait(lambda: len(slack.opens) > 1)
                took = slack.opens[1] - began
            print(f"cut by {cut}: a new socket is asked for after {took:.1f} s; {took / 15:.2f} of the 15 s asked for")


def final(slack: SlackServer, sent: dict[str, float]) -> list[str]:
    """The thread of each first part of an answer, and of each plain error."""
    told = [message["thread_ts"] for message in slack.state.by_bot(CHANNEL) if "could not finish" in message["text"]]
    return [ts for ts in (*(message["thread_ts"] for message in slack.state.answers(CHANNEL)), *told) if ts in sent]


def report(what: str, values: list[float]) -> None:
    p50, p95, most = (percentile(values, share) for share in (0.5, 0.95, 1.0))
    print(
        f"{what}: p50 {p50:.3f} s, p95 {p95:.3f} s, most {most:.3f} s; "
        f"p95 is {p95 / ASKED[what]:.2f} of the {ASKED[what]:.1f} s asked for"
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        run(int(sys.argv[1]) if sys.argv[1:] else 50, Path(temporary))
        stops(10, Path(temporary))
        cuts(Path(temporary))
