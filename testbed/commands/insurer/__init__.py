"""``oqs insurer``."""

from testbed.commands.insurer.procedures import command

__all__ = ["command"]
