"""Run the command line with ``python -m empatune``."""

from empatune.cli import main

main()
