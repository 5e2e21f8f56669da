"""What the card remembers without power: the tries left, and PINs that were changed."""

import contextlib
import os
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import tomli_w

from reader.layout import Application
from virtual_card.secret import PinSecret


@dataclass(frozen=True)
class PinState:
    """One PIN as it stands now."""

    tries: int
    """Tries left; 0 is blocked."""
    secret: PinSecret | None
    """None for a PIN that nobody ever set; nothing matches it."""


class CardMemory(Protocol):
    """Where the state of the PINs is kept; whatever was never written is as the image says."""

    def read(self, application: Application, file: int) -> PinState | None:
        """Return the state of a PIN, or None where it is still that of the image."""

    def write(self, application: Application, file: int, state: PinState) -> None:
        """Keep the state of a PIN; when this returns, losing power does not undo it."""


class VolatileMemory:
    """For a card without a file: lasts as long as the object."""

    def __init__(self) -> None:
        self._states: dict[tuple[Application, int], PinState] = {}

    def read(self, application: Application, file: int) -> PinState | None:
        """See `CardMemory.read`."""
        return self._states.get((application, file))

    def write(self, application: Application, file: int, state: PinState) -> None:
        """See `CardMemory.write`."""
        self._states[application, file] = state


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
            self._states = _parse(path)

    @classmethod
    def beside(cls, image: Path) -> "FileMemory":
        """Use the file that belongs to a card image."""
        return cls(image.with_name(image.name + ".tries"))

    def write(self, application: Application, file: int, state: PinState) -> None:
        """See `CardMemory.write`."""
        states = {**self._states, (application, file): state}
        # Replaced, not synced: a killed process loses nothing, and only a power cut of the
        # machine within a second could give a try back.
        descriptor, name = tempfile.mkstemp(prefix=self._path.name, dir=self._path.parent)
        try:
            with os.fdopen(descriptor, "wb") as scratch:
                scratch.write(_format(states))
            Path(name).replace(self._path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        self._states = states


def _format(states: dict[tuple[Application, int], PinState]) -> bytes:
    tables: dict[str, dict[str, dict[str, int | str]]] = {}
    for (application, file), state in states.items():
        entry: dict[str, int | str] = {"tries": state.tries}
        if state.secret is not None:
            entry["secret"] = state.secret.to_text()
        tables.setdefault(application.name, {})[f"{file:04X}"] = entry
    return tomli_w.dumps(tables).encode()


def _parse(path: Path) -> dict[tuple[Application, int], PinState]:
    states = {}
    try:
        for application, pins in tomllib.loads(path.read_text()).items():
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
    return states
