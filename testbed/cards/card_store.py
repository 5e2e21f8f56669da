"""The cards of the deployment, kept as image files."""

from __future__ import annotations

import os
import re
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from virtual_card.card import VirtualCard
from virtual_card.chip.memory import FileMemory
from virtual_card.image.card_image import CardImage
from wire.catalogue import Catalogue, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,30}")
SUFFIX = ".card.toml"
TRIES_SUFFIX = FileMemory.place_beside(Path(SUFFIX)).name
"""Of the file of what a card remembers."""


@dataclass
class CardStore:
    """Card images in a directory, by name."""

    directory: Path
    times_put_back: int = 0
    """How often the cards were put back to what they were before."""
    _turn: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def names(self) -> list[str]:
        """Return the names of all cards."""
        return sorted(path.name.removesuffix(SUFFIX) for path in self.directory.glob(f"*{SUFFIX}"))

    def names_of(self, serial_number: str) -> list[str]:
        """Return the names of the cards with a 製造番号."""
        return [
            name for name in self.names() if CardImage.load(self.path(name)).serial == serial_number
        ]

    def path(self, name: str) -> Path:
        """Return where a card's image lies.

        Raises:
            Problem: CARD_UNKNOWN.
        """
        path = self.directory / f"{name}{SUFFIX}"
        if not NAME.fullmatch(name) or not path.is_file():
            known = ", ".join(self.names()) or "none yet"
            raise Problem(Catalogue.CARD_UNKNOWN, f"Cards there are: {known}.")
        return path

    def card(self, name: str) -> VirtualCard:
        """Return a card; its tries are those that its last holder left."""
        return VirtualCard.from_file(self.path(name))

    def add(self, name: str, image: CardImage, since: int | None = None) -> None:
        """Keep a new card; what an earlier one of this name remembers is not the new one's.

        ``since`` is `times_put_back` when it was ordered.

        Raises:
            Problem: CARD_NOT_KEPT where the cards were put back since: J-LIS does not know it.
        """
        with self._turn:
            self._check_known(since)
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            path = self.directory / f"{name}{SUFFIX}"
            FileMemory.place_beside(path).unlink(missing_ok=True)
            image.save(path)

    def replace(self, name: str, image: CardImage, since: int | None = None) -> None:
        """Write a card anew, which keeps its tries and its changed PINs.

        Raises:
            Problem: CARD_UNKNOWN, or as `add`.
        """
        with self._turn:
            self._check_known(since)
            image.save(self.path(name))

    def files(self) -> dict[str, bytes]:
        """Return all files: the images, and what the cards remember."""
        with self._turn:
            return {path.name: path.read_bytes() for path in self._kept()}

    def put_back(self, files: Mapping[str, bytes]) -> None:
        """Have just these files; nobody may hold a card meanwhile."""
        with self._turn:
            self.times_put_back += 1
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            for path in self._kept():
                if path.name not in files:
                    path.unlink()
            for name, content in files.items():
                _write(self.directory / name, content)

    def _kept(self) -> list[Path]:
        found = self.directory.glob(f"*{SUFFIX}*")
        return [one for one in found if one.name.endswith((SUFFIX, TRIES_SUFFIX))]

    def _check_known(self, since: int | None) -> None:
        if since not in {None, self.times_put_back}:
            raise Problem(Catalogue.CARD_NOT_KEPT)


def _write(path: Path, content: bytes) -> None:
    """Write a file as a whole or not at all, readable by its owner only."""
    descriptor, name = tempfile.mkstemp(prefix=path.name, dir=path.parent)
    with os.fdopen(descriptor, "wb") as scratch:
        scratch.write(content)
    Path(name).replace(path)
