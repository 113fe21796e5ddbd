"""How soon the bot acknowledges, shows a sign and answers: 50 mentions at once, over the stand-in for Slack.

    python -m bench.slack [mentions|stops|restarts|kills|cuts] [COUNT]

Slack and bot are processes of their own, the models are built in, the papers are the sample. It prints percentiles in
seconds and their ratio to what is asked for. mentions: acknowledgements and first signs while users.info hangs, what
came twice or was refused, how many statuses were set. stops: Stop while a stage hangs. restarts: from a start to the
first sign of work that a killed process left, by the moment of the kill. kills: questions lost over kills spread from
the event to the answer. cuts: new sockets after each kind of cut.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from digest.extractive.embedder import WordLlamaEmbedder
from digest.extractive.queries import KeywordQueries
from digest.extractive.summaries import ExtractiveSummaries
from digest.extractive.synthesis import AssembledSynthesis
from digest.pipeline.services import Services
from digest.run_context import MODEL_STAGES
from digest.run_context import STAGES as STEPS
from digest.sources.sample import SampleSource
from store import Store
from tests.doubles.slack_server import SlackServer
from tests.doubles.slack_state import Call, State
from tests.factories.hanging import STAGES, hanging_bot
from tests.factories.slack import bot_services, running

CHANNEL = "C1GENERAL"
ASKED = {
    "ack": 0.1,
    "first sign": 0.3,
    "stop": 2.0,
    "restart to first sign": 3.0,
    "connected to first sign": 3.0,
}  # seconds, p95
KILLED_OVER = 5.0  # seconds from the event, over which kills are spread: until an answer is there
MOMENTS_OF_WORK = [step for step in STEPS if step not in MODEL_STAGES]
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
        slack.faults.always("users.info", "stalled")
        with process(slack, folder):
            for n in range(count):
                slack.state.add_user(f"U{n:03}ASKER")
            warm = slack.mention(TOPICS[0])
            slack.state.wait(lambda: slack.state.answers(CHANNEL, warm))
            began = time.monotonic()
            sent = {}
            for n in range(count):
                ts = slack.mention(f"{TOPICS[n % len(TOPICS)]} {n}", user=f"U{n:03}ASKER")
                sent[ts] = slack.delivery.envelopes[-1].tried
            answered = lambda: all(slack.state.by_bot(CHANNEL, ts) for ts in sent)  # noqa: E731
            slack.state.wait(lambda: answered() and len(final(slack, sent)) >= count, 300)
            took = time.monotonic() - began
            acks = [envelope.acked - envelope.tried for envelope in slack.delivery.envelopes[1:]]
            report("ack", acks)
            report("first sign", first_signs(slack.state, sent))
            answers = final(slack, sent)
            twice = len(answers) - len(set(answers))
            print(
                f"answers: {len(set(answers))} of {count}, {twice} twice, in {took:.1f} s, {count / took:.1f} a second"
            )
            print(f"calls refused: {len(slack.state.refused())} of {len(slack.state.calls)}")
            print(f"statuses set: {len(slack.state.statuses)} for {count} questions")
            slack.faults.clear()


def stops(folder: Path) -> None:
    """From Slack's Stop, while a stage hangs, to the word in the thread that it is stopped."""
    took = []
    for stage in STAGES:
        with SlackServer() as slack, hanging_bot(stage, slack, folder / f"{stage}.db") as bot:
            ts = slack.mention(TOPICS[0])
            slack.state.wait(bot.is_hanging)
            began = time.monotonic()
            slack.stop(CHANNEL, ts)
            told = slack.state.wait(lambda ts=ts: slack.state.by_bot(CHANNEL, ts))
            took.append(float(told[0]["seen_at"]) - began)
            print(f"stop while {stage} hangs: {took[-1]:.2f} s")
    report("stop", took)


def restarts(folder: Path) -> None:
    """From the start of the next process to the first thing that is seen in the thread, or said to it, by it; and from
    when it is connected, without what Python and the machine take to begin.
    """
    took, connected = [], []
    for moment in ("told", "acknowledged", "claimed", *MOMENTS_OF_WORK, "sending", "sent", "answered"):
        with SlackServer() as slack:
            slack.delivery.redeliver_seconds = 0.5
            own = folder / moment
            own.mkdir()
            with process(slack, own, moment) as first:
                ts = slack.mention(TOPICS[0])
                first.wait()
            before, began = len(calls_about(slack, ts)), time.monotonic()
            with process(slack, own):
                ready = time.monotonic()
                first_sign = slack.state.wait(lambda ts=ts, before=before: calls_about(slack, ts)[before:])[0]
                slack.state.wait(lambda ts=ts: slack.state.answers(CHANNEL, ts))
            took.append(first_sign.at - began)
            connected.append(max(0.0, first_sign.at - ready))
            after = f"{took[-1]:.2f} s after the start, {connected[-1]:.2f} s after the socket was there"
            print(f"killed at {moment}: {first_sign.method} {after}")
    report("restart to first sign", took)
    report("connected to first sign", connected)


def calls_about(slack: SlackServer, ts: str) -> list[Call]:
    """What was said to a thread, or in it."""
    return [call for call in slack.state.calls if ts in (call.args.get("thread_ts"), call.args.get("ts"))]


def kills(count: int, folder: Path) -> None:
    """Kills spread from the event to the answer: is each question answered, and once?"""
    lost = twice = 0
    for n in range(count):
        with SlackServer() as slack:
            slack.delivery.redeliver_seconds = 1.0
            own = folder / f"kill{n}"
            own.mkdir()
            with process(slack, own, f"{KILLED_OVER * n / count:.3f}") as first:
                ts = slack.mention(TOPICS[n % len(TOPICS)])
                first.wait()
            with process(slack, own):
                try:
                    slack.state.wait(lambda ts=ts: slack.state.answers(CHANNEL, ts), 60)
                except AssertionError:
                    lost += 1
                time.sleep(1.0)  # for what may come twice
                twice += len(slack.state.answers(CHANNEL, ts)) > 1
            print(f"{n + 1} kills: {lost} lost, {twice} answered twice", flush=True)
    print(f"killed {count} times, spread over {KILLED_OVER:.1f} s from the event: {lost} lost, {twice} answered twice")


@contextmanager
def process(slack: SlackServer, folder: Path, moment: str = "") -> Iterator[subprocess.Popen[str]]:
    """The bot as a process, connected."""
    command = [sys.executable, "-m", "tests.doubles.slack_bot", str(folder / "bot.db"), slack.api_url, moment]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as bot:
        assert bot.stdout is not None
        assert bot.stdout.readline() == "ready\n"
        try:
            yield bot
        finally:
            bot.terminate()


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


def main(what: str = "", count: str = "") -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        measures: dict[str, Callable[[], None]] = {
            "mentions": lambda: run(int(count or 50), folder),
            "stops": lambda: stops(folder),
            "restarts": lambda: restarts(folder),
            "kills": lambda: kills(int(count or 60), folder),
            "cuts": lambda: cuts(folder),
        }
        for name in [what] if what else measures:
            measures[name]()


if __name__ == "__main__":
    main(*sys.argv[1:])
