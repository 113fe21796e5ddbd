"""The program's entry: `paperroute`, and `python -m paperroute`."""

import sys


def main() -> None:
    """Load the command line and run it. Loading takes half a second, and may be stopped like all else."""
    try:
        from paperroute.cli import main as cli  # noqa: PLC0415 - inside, so that Ctrl-C while loading is no traceback
    except KeyboardInterrupt:
        sys.exit(130)
    cli.main()


if __name__ == "__main__":
    main()
