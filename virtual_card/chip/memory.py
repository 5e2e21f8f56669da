"""What the card remembers without power: tries left, PINs that were changed, tampering."""

import contextlib
import os
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import tomli_w

from reader.description.layout import Application
from virtual_card.encoding.secret import PinSecret


@dataclass(frozen=True)
class PinState:
    """One PIN as it stands now."""

    tries: int
    """Tries left; 0 is blocked."""
    secret: PinSecret | None
    """None for a PIN that nobody ever set; nothing matches it."""


_States = dict[tuple[Application, int], PinState]
_TAMPERING = "tampering"
"""Key of the file that counts attempts; the others are names of applications."""


class CardMemory(Protocol):
    """Where the state of the PINs is kept; whatever was never written is as the image says."""

    def read(self, application: Application, file: int) -> PinState | None:
        """Return the state of a PIN, or None where it is still that of the image."""

    def write(self, application: Application, file: int, state: PinState) -> None:
        """Keep the state of a PIN; when this returns, losing power does not undo it."""

    @property
    def tampering(self) -> int:
        """How often somebody has tampered with the card."""

    def count_tampering(self) -> None:
        """Count one more attempt; when this returns, losing power does not undo it."""

    def forget_tampering(self) -> None:
        """Begin to count attempts anew; tries and PINs stay."""


class VolatileMemory:
    """For a card without a file: lasts as long as the object."""

    def __init__(self) -> None:
        self._states: _States = {}
        self._tampering = 0

    def read(self, application: Application, file: int) -> PinState | None:
        """See `CardMemory.read`."""
        return self._states.get((application, file))

    def write(self, application: Application, file: int, state: PinState) -> None:
        """See `CardMemory.write`."""
        self._states[application, file] = state

    @property
    def tampering(self) -> int:
        """See `CardMemory.tampering`."""
        return self._tampering

    def count_tampering(self) -> None:
        """See `CardMemory.count_tampering`."""
        self._tampering += 1

    def forget_tampering(self) -> None:
        """See `CardMemory.forget_tampering`."""
        self._tampering = 0


class MemoryFileError(Exception):
    """The file beside a card image cannot be understood; the message names it and the reason."""


class FileMemory(VolatileMemory):
    """A small file beside the image (`<image>.tries`), replaced as a whole at each change.

    Deleting it gives the card back as the image has it, tries and PINs. One card object at a
    time may use it. Raises `MemoryFileError` for a file that is not ours.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        with contextlib.suppress(FileNotFoundError):
            self._states, self._tampering = _parse(path)

    @classmethod
    def beside(cls, image: Path) -> "FileMemory":
        """Use the file that belongs to a card image."""
        return cls(cls.place_beside(image))

    @staticmethod
    def place_beside(image: Path) -> Path:
        """Return where the file lies that belongs to a card image."""
        return image.with_name(image.name + ".tries")

    def write(self, application: Application, file: int, state: PinState) -> None:
        """See `CardMemory.write`."""
        states = {**self._states, (application, file): state}
        self._replace(states, self._tampering)
        self._states = states

    def count_tampering(self) -> None:
        """See `CardMemory.count_tampering`."""
        self._replace(self._states, self._tampering + 1)
        self._tampering += 1

    def forget_tampering(self) -> None:
        """See `CardMemory.forget_tampering`."""
        if self._tampering:
            self._replace(self._states, 0)
            self._tampering = 0

    def _replace(self, states: _States, tampering: int) -> None:
        # Replaced, not synced: a killed process loses nothing, and only a power cut of the
        # machine within a second could give a try back.
        descriptor, name = tempfile.mkstemp(prefix=self._path.name, dir=self._path.parent)
        try:
            with os.fdopen(descriptor, "wb") as scratch:
                scratch.write(_format(states, tampering))
            Path(name).replace(self._path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


def _format(states: _States, tampering: int) -> bytes:
    tables: dict[str, dict[str, dict[str, int | str]]] = {}
    for (application, file), state in states.items():
        entry: dict[str, int | str] = {"tries": state.tries}
        if state.secret is not None:
            entry["secret"] = state.secret.to_text()
        tables.setdefault(application.name, {})[f"{file:04X}"] = entry
    counted = {_TAMPERING: tampering} if tampering else {}
    return tomli_w.dumps({**counted, **tables}).encode()


def _parse(path: Path) -> tuple[_States, int]:
    states = {}
    try:
        tables = tomllib.loads(path.read_text())
        tampering = int(tables.pop(_TAMPERING, 0))
        for application, pins in tables.items():
            for file, entry in pins.items():
                secret = PinSecret.from_text(entry["secret"]) if "secret" in entry else None
                state = PinState(tries=int(entry["tries"]), secret=secret)
                states[Application[application], int(file, 16)] = state
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        message = (
            f"{path} does not hold the tries of a card: {error}. "
            "Delete it to give the card back as its image has it."
        )
        raise MemoryFileError(message) from error
    return states, tampering
