"""``oqs portal``."""

from testbed.commands.portal.sign_in import command

__all__ = ["command"]
