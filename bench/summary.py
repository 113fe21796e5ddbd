"""How a benchmark ends: what it missed, a line each, and an exit code; `make bench` prints those of all at its end.

    python -m bench.summary order pipeline ...

runs these benchmarks one after another, each whole whatever the others missed, and exits 1 where any missed a figure.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

_VARIABLE = "BENCH_MISSES"  # the file that takes the lines  # decision 202


def finish(missed: Iterable[str]) -> None:
    """Say what was missed, and exit 1 where anything was."""
    lines = list(missed)
    for line in lines:
        print(f"MISSED: {line}")
    if lines and (file := os.environ.get(_VARIABLE)):
        Path(file).write_text("\n".join(lines))
    sys.exit(1 if lines else 0)


def main() -> None:
    """Run the benchmarks that are named, and tell at the end what they missed."""
    missed = {name: lines for name in sys.argv[1:] if (lines := _misses(name))}
    print(f"\n{len(sys.argv) - 1} benchmarks, {len(missed)} of which missed a figure or failed.")
    for name, lines in missed.items():
        print(*(f"  {name}: {line}" for line in lines), sep="\n")
    sys.exit(1 if missed else 0)


def _misses(name: str) -> list[str]:
    """Of one benchmark, whose own output is shown as it comes."""
    print(f"\n== {name}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "misses"
        done = subprocess.run(
            [sys.executable, "-m", f"bench.{name}"], env=os.environ | {_VARIABLE: str(file)}, check=False
        )
        told = file.read_text().splitlines() if file.exists() else []
    if done.returncode in (0, 1) and told:
        return told
    return [f"it ended with code {done.returncode}; its own output above says why"] if done.returncode else []


if __name__ == "__main__":
    main()
