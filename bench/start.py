"""What a call of the program costs before it does anything, against a bare Python.

    python -m bench.start

Processor time, user and system, of whole processes, each command in turn, so that what else the machine does meets all
alike; medians. `history` is of an existing store. Bytecode is kept between the calls, as an installed program's is.
Exits 1 where a target is missed.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.summary import finish
from paperroute.compose.storage import open_store
from paperroute.config.load import Config

TARGETS = {"--help": 8.0, "--version": 8.0, "history": 15.0}  # times a bare Python
_ROUNDS = 15


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        store = place / "paperroute.db"
        with open_store(Config.model_validate({"store": {"path": store}})):
            pass
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environment |= {"PAPERROUTE_STORE__PATH": str(store), "PYTHONPYCACHEPREFIX": str(place / "bytecode")}
        program = [sys.executable, "-m", "paperroute"]
        commands = {"bare": [sys.executable, "-c", "pass"]} | {name: [*program, name] for name in TARGETS}
        for command in commands.values():  # its bytecode
            cost(command, environment)
        rounds = [{name: cost(command, environment) for name, command in commands.items()} for _ in range(_ROUNDS)]
    bare = statistics.median(figures["bare"] for figures in rounds)
    print(f"{'call':10}  {'times a bare Python':>19}  {'at most':>7}")
    ratios = {name: statistics.median(figures[name] for figures in rounds) / bare for name in TARGETS}
    for name, target in TARGETS.items():
        print(f"{name:10}  {ratios[name]:19.1f}  {target:7.0f}")
    finish(
        f"`paperroute {name}` costs {ratio:.1f} times a bare Python, and may cost {TARGETS[name]:.0f}"
        for name, ratio in ratios.items()
        if ratio > TARGETS[name]
    )


def cost(command: list[str], environment: dict[str, str]) -> float:
    """Seconds of processor time of one process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, env=environment, capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
