"""`python -m valuecheck`, which is the command."""

from valuecheck.cli import main

main()
