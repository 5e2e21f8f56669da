"""``oqs municipality``: the municipality's counter of a running system."""

from testbed.commands.municipality.counter_commands import command

__all__ = ["command"]
