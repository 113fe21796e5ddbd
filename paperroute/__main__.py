"""The program's entry: `paperroute`, and `python -m paperroute`."""

import os
import sys


def main() -> None:
    """Load the command line and run it; loading may be stopped like all else."""
    # Else Pydantic reads the metadata of all that is installed, for plugins that we do not want.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    try:
        from paperroute.cli import main as cli  # noqa: PLC0415 - inside, so that Ctrl-C while loading is no traceback
    except KeyboardInterrupt:
        sys.exit(130)
    cli.main()


if __name__ == "__main__":
    main()
