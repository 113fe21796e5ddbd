"""Starts `paperroute serve` over and over without waiting for Python each time: a process that has imported everything
forks a child for each line it reads, and writes the child's number. The child runs the real command.

Usage: python -m tests.doubles.fork_serve, with the environment that the service is to have.
"""

from __future__ import annotations

import os
import sys

from paperroute.cli import main as cli
from paperroute.compose import service
from paperroute.compose.app import open_app

PRELOADED = (cli, service, open_app)


def main() -> None:
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            sys.argv = ["paperroute", "serve"]
            cli.main()
            os._exit(0)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()
