"""The town as files, built once and laid into any system within a second.

A town takes half a minute to build, as every card has keys of its own. So what the databases and
the cards hold then is kept in the user's cache, under a name that says of what it was made: other
people, another story, or other tables make another image. It is laid in as the seed of a running
system, which goes back to it; so a reset brings the town back.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from datetime import datetime, time
from hashlib import sha256
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import httpx2

import clinic_client.store.schema
import intermediate_server.store.schema
import oqs_sim.store.schema
from eligibility.days.dates import TOKYO
from eligibility.sentence import Sentence
from storage import replace_seed, seed_file
from testbed.cards.card_store import CardStore
from testbed.cards.life import TOWN_DAY
from testbed.cards.personas import townspeople
from testbed.launch.deployment import Deployment
from testbed.launch.scratch_directories import own_folder
from testbed.story import Story
from testbed.terminal_output.progress import progress
from testbed.town.building import SECONDS, TownBuilder, TownNotBuilt, ask

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testbed.terminal_output.speech import Speech

CACHE = "OQS_SIM_CACHE"
"""The variable that names another folder for images."""
OPENS_AT = datetime.combine(TOWN_DAY, time(9), TOKYO)
"""What the clock of a town shows."""
_ROOT = Path(__file__).parents[2]
_TABLES = {
    "oqs": oqs_sim.store.schema.metadata,
    "intermediate": intermediate_server.store.schema.metadata,
    "clinic": clinic_client.store.schema.metadata,
}
_KEPT = 3
"""How many images are kept, the newest."""


@dataclass(frozen=True)
class TownImage:
    """An image of the town."""

    directory: Path

    @property
    def is_there(self) -> bool:
        """Whether it was built."""
        return self.directory.is_dir()

    def lay_into(self, deployment: Deployment) -> None:
        """Have a running system be this town; all that it held before is gone.

        Raises:
            TownNotBuilt: a part of the system does not go along.
        """
        with httpx2.Client(base_url=deployment.url("oqs_console"), timeout=SECONDS) as console:
            shown = {"Mode": "frozen", "Now": OPENS_AT.isoformat()}
            if datetime.fromisoformat(ask(console, "GET", "/sim/clock")["Now"]) < OPENS_AT:
                ask(console, "POST", "/sim/clock/advance", {"To": OPENS_AT.isoformat()})
            else:
                ask(console, "PUT", "/sim/clock", shown)
            cards = {one.name: one.read_bytes() for one in (self.directory / "cards").iterdir()}
            CardStore(deployment.card_directory).put_back(cards)
            _all_parts(ask(console, "POST", "/sim/operation/seed"))
            for name, metadata in _TABLES.items():
                replace_seed(
                    deployment.database_urls[name], metadata, self.directory / f"{name}.sqlite"
                )
            _all_parts(ask(console, "POST", "/sim/operation/reset"))


def town_image() -> TownImage:
    """Return the image of the town as it is defined now, built or not.

    Raises:
        ScratchUnavailable: the folder of images cannot be used.
    """
    return TownImage(_folder() / f"town-{_key()}")


def built_image(speech: Speech) -> tuple[TownImage, float]:
    """Return the image of the town; one that is missing is built, with its progress shown.

    Whoever asks meanwhile waits for it. Tells in how many seconds it was built, or waited for; 0
    where it was there.

    Raises:
        Mistake: the town cannot be built.
    """
    image = town_image()
    if image.is_there:
        return image, 0.0
    begun = perf_counter()
    with (image.directory.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not image.is_there:
            _build(image.directory, speech)
    return image, perf_counter() - begun


def lay_in(image: TownImage, deployment: Deployment, speech: Speech) -> None:
    """Lay the town into a system, and tell how long that took.

    Raises:
        TownNotBuilt: as `TownImage.lay_into`.
    """
    begun = perf_counter()
    image.lay_into(deployment)
    took = perf_counter() - begun
    speech.tell(
        Sentence(
            f"練習の町（{len(townspeople())}人分）が {took:.2f} 秒でそろいました。"
            "町の日付は2026年11月25日（水）です。",
            f"The practice town, {len(townspeople())} entries, is there after {took:.2f} s. "
            "Its day is Wednesday 25 November 2026.",
        ),
        err=True,
    )


def _build(target: Path, speech: Speech) -> None:
    doing = Sentence(
        "練習の町をつくっています（はじめの1回だけ、1分ほど）",
        "Building the practice town (only this once, about a minute)",
    )
    if not sys.stderr.isatty():  # where no bar is shown
        speech.tell(doing, err=True)
    for left in target.parent.glob("building-*/"):  # of one that was killed
        shutil.rmtree(left, ignore_errors=True)
    scratch = Path(tempfile.mkdtemp(prefix="building-", dir=target.parent))
    try:
        with progress(TownBuilder.steps(), speech, doing) as bar, Deployment(0) as deployment:
            with httpx2.Client(base_url=deployment.url("clinic"), timeout=SECONDS) as desk:
                # Nobody of the town has been at the desk: the story's visits are taken back.
                ask(desk, "POST", "/sim/operation/seed")
                with Story(deployment.addresses, tell=None) as story:
                    story.play()
                ask(desk, "POST", "/sim/operation/reset")
            cards = CardStore(deployment.card_directory)
            with TownBuilder(deployment.addresses, cards, lambda: bar.update(1)) as builder:
                builder.build()
            with httpx2.Client(base_url=deployment.url("oqs_console"), timeout=SECONDS) as console:
                _all_parts(ask(console, "POST", "/sim/operation/seed"))
            for name in _TABLES:
                held = seed_file(deployment.directory / f"{name}.sqlite")
                shutil.copyfile(held, scratch / f"{name}.sqlite")
            (scratch / "cards").mkdir()
            for name, content in cards.files().items():
                (scratch / "cards" / name).write_bytes(content)
        scratch.rename(target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    for old in sorted(_images(target.parent), key=lambda one: -one.stat().st_mtime)[_KEPT:]:
        shutil.rmtree(old, ignore_errors=True)


def _all_parts(done: dict[str, Any]) -> None:
    missed = [one for one in done["Parts"] if "Code" in one]
    if missed:
        names = ", ".join(f"{one['Part']} ({one['Code']})" for one in missed)
        raise TownNotBuilt(
            Sentence(
                f"練習の町を用意できません。応じない部分があります: {names}。"
                "もう一度始めてください。",
                f"The practice town cannot be laid in: {names} did not go along. Start again.",
            )
        )


def _folder() -> Path:
    chosen = os.environ.get(CACHE)
    if chosen:
        return own_folder(Path(chosen), 0o700, CACHE)
    above = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return own_folder(Path(above) / "oqs-sim", 0o700, CACHE)


def _images(folder: Path) -> Iterator[Path]:
    return folder.glob("town-*/")


def _key() -> str:
    """Return a digest of all that a town is made of: people, story, builder, insurers, tables."""
    digest = sha256()
    for pattern in (
        "testbed/cards/*.toml",
        "testbed/cards/*.py",
        "testbed/town/*.py",
        "testbed/story.py",
        "eligibility/policy/insurers/*.toml",
        "*/store/schema.py",
        "*/store/*/schema.py",
        "*/store/migrations/versions/*.py",
    ):
        for file in sorted(_ROOT.glob(pattern)):
            digest.update(f"{file.relative_to(_ROOT)}\0".encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
