"""`python -m paperroute`."""

from paperroute.cli import main

main()
