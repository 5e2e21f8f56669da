"""``oqs exchange``: the folder exchange, from the side of a maker's program."""

from testbed.commands.exchange.check_command import command

__all__ = ["command"]
