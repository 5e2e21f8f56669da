"""``python -m testbed`` is the command ``oqs``."""

from testbed.cli import main

main()
