"""The archive replayed to a reader: what is held out stays unknown, ranks are within digests, simulation is told."""

import random
from dataclasses import replace

import numpy as np
import pytest

from digest.evaluation.replay import (
    ArchivedPaper,
    ReplayOutcome,
    ReplayReader,
    replay,
    replay_markdown,
    simulate_readers,
)
from tests.factories.store import paper
from tests.paperroute.cli.test_models import Run, program  # noqa: F401 - a fixture

SUBJECTS = ("owls", "moths", "newts", "terns")
READER = ReplayReader(
    "keeps owls", frozenset(f"26{digest:02}.00{n:03}" for digest in range(6) for n in range(0, 20, 4))
)


def archive(digests=6, papers=20):
    """Papers of four subjects in turn, each near to its own; relevance says nothing of the subject."""
    chance = random.Random(7)
    made = [
        [
            ArchivedPaper(
                paper(
                    f"26{digest:02}.00{n:03}",
                    title=f"{SUBJECTS[n % 4].capitalize()} {digest} {n}",
                    abstract=f"We know of the {SUBJECTS[n % 4]} of this field.",
                    primary_category=("q-bio.PE", "cs.CV")[n % 8 == 0],
                ),
                round(chance.uniform(0.4, 0.9), 3),
            )
            for n in range(papers)
        ]
        for digest in range(digests)
    ]
    return made, {one.paper.id: subject_vector(at % 4, chance) for digest in made for at, one in enumerate(digest)}


def subject_vector(subject, chance):
    vector = np.array([chance.gauss(0, 0.2) for _ in range(8)])
    vector[subject] += 1
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def test_what_a_reader_keeps_rises_by_what_was_kept_before():
    digests, vectors = archive()
    outcome = replay(READER, digests, vectors)
    assert (outcome.keeps, outcome.held_out, outcome.shown) == (15, 15, 20)
    assert 7 < outcome.without < 14
    assert outcome.with_feedback < 5


def test_ranks_are_those_of_relevance_where_vectors_tell_nothing():
    digests, vectors = archive()
    outcome = replay(READER, digests, dict.fromkeys(vectors, np.eye(8, dtype=np.float32)[0]))
    assert outcome.with_feedback == outcome.without


def test_equal_papers_share_the_mean_of_their_ranks():
    digests, vectors = archive()
    alike = [[replace(one, relevance=0.5) for one in digest] for digest in digests]
    assert replay(READER, alike, vectors).without == 10.5


def test_nothing_of_the_second_half_is_known_beforehand():
    digests, vectors = archive()
    later = frozenset(one.paper.id for digest in digests[3:] for one in digest)
    assert replay(ReplayReader("keeps late", READER.kept & later), digests, vectors) is None
    first = replay(READER, digests, vectors)
    swapped = replay(READER, digests[:3] + digests[:2:-1], vectors)
    assert swapped.with_feedback == pytest.approx(first.with_feedback)


@pytest.mark.parametrize("digests", [0, 1, 2])
def test_too_little_tells_nothing(digests):
    made, vectors = archive(digests, papers=4)
    assert replay(READER, made, vectors) is None
    assert "too few papers" in replay_markdown("Birds", made, [], None)


def test_simulated_readers_have_interests_of_their_own():
    digests, _ = archive()
    readers = simulate_readers(digests, "Animals")
    ids = {one.paper.id for digest in digests for one in digest}
    assert "keeps what is about “owls”" in {one.name for one in readers}
    assert "keeps cs.CV" in {one.name for one in readers}
    assert len({one.kept for one in readers}) == len(readers)
    assert all(one.kept <= ids and 0.015 <= len(one.kept) / len(ids) <= 0.25 for one in readers)
    assert simulate_readers(digests, "Animals") == readers
    assert not [one.name for one in simulate_readers(digests, "Owls") if "owls" in one.name]


def test_the_report_says_who_is_simulated():
    real = ReplayOutcome(ReplayReader("readers of this topic", frozenset()), 5, 4, 20.0, 9.0, 4.5)
    made_up = [replace(real, reader=ReplayReader(name, frozenset())) for name in ("keeps owls", "keeps moths")]
    text = replay_markdown("Birds", archive()[0], made_up, real)
    kept, simulated = text.split("Simulated readers over these real papers: nobody kept anything.")
    assert "| readers of this topic | 5 | 4 | 20.0 | 9.0 | 4.5 |" in kept
    assert "| mean of 2 readers | | | 20.0 | 9.0 | 4.5 |" in simulated
    assert "mean of" not in kept
    assert "Simulated" not in replay_markdown("Birds", archive()[0], [], real)


def test_the_command_replays_a_topic_and_makes_nothing(program: Run, tmp_path) -> None:  # noqa: F811
    program("topics", "add", "lora", "--question", "LoRA for image generation", "--cadence", "monthly:1")
    empty = program("evaluate", "--replay", "lora")
    assert empty.returncode == 1
    assert "has no digest with papers to replay" in empty.stderr
    assert "Traceback" not in empty.stderr
    for slot in ("2024-07-01", "2024-10-01", "2024-12-01", "2025-01-01"):
        assert program("digest", "lora", "--slot", slot, "--since", "2020-01-01").returncode == 0
    before = program("list", "--format", "json").stdout
    replayed = program("evaluate", "--replay", "lora")
    assert replayed.returncode == 0
    assert replayed.stdout.startswith("# Replay of LoRA for image generation\n\n4 digests with ")
    assert program("list", "--format", "json").stdout == before
    assert not (tmp_path / "evaluation").exists()
    assert program("evaluate", "--replay", "moons").returncode == 1
