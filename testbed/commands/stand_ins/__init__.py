"""``oqs stand-in``."""

from testbed.commands.stand_ins.stand_in import command

__all__ = ["command"]
