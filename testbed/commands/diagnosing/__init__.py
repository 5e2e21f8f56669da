"""The command that looks for what keeps a reception from working."""

from testbed.commands.diagnosing.diagnose import command

__all__ = ["command"]
