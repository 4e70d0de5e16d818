"""`python -m tinydrill` is the `tinydrill` command."""

from tinydrill.cli import main

main()
