"""Has every pinned package a wheel for every machine that is promised? Prints a table; exits 1 where one has not.

    python .ci/wheels.py

Pip is asked, as it would install there: for each Python of the classifiers, x86-64 and aarch64, glibc 2.28 and musl
1.2, each pin of requirements-postgresql.lock (the program and its extra) with its hashes. It reads metadata, and
installs nothing. What has a wheel for any machine is asked for once. What has no wheel is built here: it will do where
the result is for any machine, too.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).resolve().parent.parent
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
TAGS = {
    "glibc": [
        "manylinux1_{0}",
        "manylinux2010_{0}",
        "manylinux2014_{0}",
        *(f"manylinux_2_{n}_{{0}}" for n in range(5, 29)),
    ],
    "musl": [f"musllinux_1_{n}_{{0}}" for n in range(3)],
}
PROCESSORS = ["x86_64", "aarch64"]
MISSING = re.compile(r"^ERROR: No matching distribution found for ([\w.-]+)", re.MULTILINE)


def read_pythons() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    found = (re.search(r":: (3\.\d+)$", line) for line in project["classifiers"])
    return [match[1] for match in found if match]


def read_pins(python: str, processor: str) -> dict[str, str]:
    """By name, the lines that pin it for such a machine, without the marker: pip would judge that by this machine."""
    where = {"python_version": python, "python_full_version": f"{python}.0", "platform_machine": processor}
    where |= {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"}
    pins = {}
    for block in re.split(r"\n(?=\S)", (ROOT / "requirements-postgresql.lock").read_text().strip()):
        pin, *hashes = block.split(" \\\n")
        need = Requirement(pin)
        if need.marker is None or need.marker.evaluate(where):
            pins[need.name] = " \\\n".join([str(need).partition(";")[0].strip(), *hashes])
    return pins


@dataclass(frozen=True)
class Machine:
    python: str
    libc: str
    processor: str

    def find_wheels(self, leave_out: set[str]) -> tuple[list[dict[str, Any]], set[str]]:
        """What pip would install of the pins, and the names that it finds no wheel of."""
        pins = {name: pin for name, pin in read_pins(self.python, self.processor).items() if name not in leave_out}
        missing: set[str] = set()
        tags = [tag.format(self.processor) for tag in TAGS[self.libc]]
        while (answer := ask_pip(pins, self.python, tags)).returncode:
            name = MISSING.search(answer.stderr)
            if name is None:
                raise SystemExit(f"pip could not be asked for {self}:\n{answer.stderr}")
            missing.add(name[1])
            del pins[name[1]]
        return json.loads(answer.stdout)["install"], missing


def ask_pip(pins: dict[str, str], python: str, tags: list[str]) -> subprocess.CompletedProcess[str]:
    with tempfile.TemporaryDirectory() as folder:
        (lock := Path(folder, "lock")).write_text("\n".join(pins.values()))
        platforms = [option for tag in tags for option in ("--platform", tag)]
        target = ["--python-version", python, "--target", folder, "--only-binary=:all:", "--no-deps", *platforms]
        call = [*PIP, "install", "--quiet", "--dry-run", "--report=-", "--require-hashes", *target, "-r", str(lock)]
        return subprocess.run(call, capture_output=True, text=True, check=False)


def is_pure(name: str, pins: dict[str, str]) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        (lock := Path(folder, "lock")).write_text(pins[name])
        call = [*PIP, "wheel", "--quiet", "--no-deps", "--require-hashes", "--wheel-dir", folder, "-r", str(lock)]
        subprocess.run(call, check=True)
        return all(wheel.name.endswith("-none-any.whl") for wheel in Path(folder).glob("*.whl"))


def is_everywhere(item: dict[str, Any], pythons: list[str]) -> bool:
    supported = SpecifierSet(item["metadata"].get("requires_python") or "")
    return item["download_info"]["url"].endswith("-none-any.whl") and all(python in supported for python in pythons)


def main() -> None:
    pythons = read_pythons()
    first, *others = (Machine(*parts) for parts in product(pythons, TAGS, PROCESSORS))
    items, missing = first.find_wheels(set())
    everywhere = {item["metadata"]["name"].lower() for item in items if is_everywhere(item, pythons)}
    pure = {name for name in missing if is_pure(name, read_pins(first.python, first.processor))}
    print(f"{len(everywhere)} of {len(items) + len(missing)} pinned packages have one wheel for every machine.")
    print(f"Sources that every machine can take, without a compiler: {', '.join(sorted(pure)) or 'none'}.")
    print(f"Of the others:\n{'Python':8}{'libc':7}{'machine':10}wheels  none")
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda machine: machine.find_wheels(everywhere | pure), [first, *others]))
    for machine, (found, lacks) in zip([first, *others], answers, strict=True):
        names = ", ".join(sorted(lacks)) or "-"
        print(f"{machine.python:8}{machine.libc:7}{machine.processor:10}{len(found):6}  {names}")
    sys.exit(any(lacks for _, lacks in answers))


if __name__ == "__main__":
    main()
