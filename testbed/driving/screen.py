"""What stands on a screen, and what can be pressed there now."""

from __future__ import annotations

from dataclasses import dataclass

from wire.catalogue import Catalogue, Problem


@dataclass(frozen=True)
class Choice:
    """What can be chosen before a button is pressed."""

    id: str
    text: str


@dataclass(frozen=True)
class Field:
    """What is typed beside a button."""

    name: str
    required: bool = False
    """Whether nothing is sent without it."""
    unless: str | None = None
    """The box that, ticked, makes it needless."""
    required_with: str | None = None
    """The field and its value, as ``Reason=other``, with which nothing is sent without it."""


@dataclass(frozen=True)
class Button:
    """What can be pressed."""

    id: str
    text: str
    needs: tuple[str, ...] = ()
    """What has to be said with it, or may be."""
    choices: tuple[Choice, ...] = ()
    """What ``Items`` may name."""
    fields: tuple[Field, ...] = ()
    """Those of ``needs`` that are fields of a form."""


@dataclass(frozen=True)
class Screen:
    """One of the two screens."""

    state: str
    """Which question or answer stands there."""
    title: str
    texts: tuple[str, ...]
    buttons: tuple[Button, ...]

    def require(self, button_id: str) -> None:
        """Refuse a button that is not there.

        Raises:
            Problem: DRIVER_NO_BUTTON, with those that are.
        """
        if button_id not in {one.id for one in self.buttons}:
            there = ", ".join(one.id for one in self.buttons) or "none"
            raise Problem(
                Catalogue.DRIVER_NO_BUTTON,
                f"No button {button_id!r} on the screen {self.state!r}; there are: {there}.",
            )
