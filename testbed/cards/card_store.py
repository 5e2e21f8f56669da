"""The cards of the deployment, kept as image files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from virtual_card.card import VirtualCard
from virtual_card.chip.memory import FileMemory
from virtual_card.image.card_image import CardImage
from wire.catalogue import Catalogue, Problem

if TYPE_CHECKING:
    from pathlib import Path

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,30}")
SUFFIX = ".card.toml"


@dataclass(frozen=True)
class CardStore:
    """Card images in a directory, by name."""

    directory: Path

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

    def add(self, name: str, image: CardImage) -> None:
        """Keep a new card; what an earlier one of this name remembers is not the new one's."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self.directory / f"{name}{SUFFIX}"
        FileMemory.place_beside(path).unlink(missing_ok=True)
        image.save(path)

    def replace(self, name: str, image: CardImage) -> None:
        """Write a card anew, which keeps its tries and its changed PINs.

        Raises:
            Problem: CARD_UNKNOWN.
        """
        image.save(self.path(name))
