"""What the parts of a system say of themselves: all are asked at once, and none for long."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx2

from eligibility.sentence import Sentence
from wire.client import cause_of, console_client

if TYPE_CHECKING:
    from collections.abc import Mapping

    from testbed.diagnosing.subject import Subject

SECONDS = 2.0
"""How long a part has to say how it is."""


def nothing_within(seconds: float) -> Sentence:
    """Say that nobody answered in time."""
    return Sentence(f"{seconds:g} 秒待っても返事なし", f"no answer within {seconds:g} s")


@dataclass(frozen=True)
class Word:
    """What a part said, or why it said nothing."""

    said: Mapping[str, Any] | None = None
    why_not: Sentence | None = None
    status: int | None = None
    """The HTTP status, where it answered."""


SILENT = Word()


@dataclass(frozen=True)
class Heard:
    """What was heard of each part."""

    health: Mapping[str, Word] = field(default_factory=dict)
    """Of each part that has an address, by `parts_of`."""
    clinic: Word = SILENT
    exchange: Word = SILENT
    clock: Word = SILENT
    operation: Word = SILENT
    sync: Word = SILENT


def parts_of(subject: Subject) -> dict[str, str]:
    """Return where parts answer whose address is known, by the names by which they tell it."""
    urls = {
        "clinic": subject.clinic,
        "testbed": subject.testbed,
        "oqs": subject.oqs_console,
        "intermediate-server": subject.intermediate_console,
    }
    return {name: url for name, url in urls.items() if url}


def hear(subject: Subject) -> Heard:
    """Ask every part how it is; ends after `SECONDS` whatever they do."""
    return asyncio.run(_hear(subject))


async def _hear(subject: Subject) -> Heard:
    parts = parts_of(subject)
    *health, clinic, exchange, clock, operation, sync = await asyncio.gather(
        *(_ask(url, "/health") for url in parts.values()),
        _ask(subject.clinic, "/api/state"),
        _ask(subject.clinic, "/api/exchange"),
        _ask(subject.oqs_console, "/sim/clock"),
        _ask(subject.oqs_console, "/sim/operation"),
        _ask(subject.intermediate_console, "/sync/status"),
    )
    heard = dict(zip(parts, health, strict=True))

    def of(name: str, word: Word) -> Word:
        """Believe only what a part of ours says."""
        said = heard[name].said if name in heard else None
        return word if said is not None and said.get("Service") == name else SILENT

    return Heard(
        heard,
        of("clinic", clinic),
        of("clinic", exchange),
        of("oqs", clock),
        of("oqs", operation),
        of("intermediate-server", sync),
    )


async def _ask(url: str | None, path: str) -> Word:
    if url is None:
        return SILENT
    try:
        # The bound of the client is that of each read; a part that drips is not waited for either.
        async with asyncio.timeout(SECONDS), console_client(url, SECONDS) as client:
            response = await client.get(path)
            answer = response.json()
    except TimeoutError:
        return Word(why_not=nothing_within(SECONDS))
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        return Word(why_not=Sentence(cause_of(error), cause_of(error)))
    except ValueError:
        return Word(status=response.status_code)
    if not response.is_success or not isinstance(answer, dict):
        return Word(status=response.status_code)
    return Word(answer, status=response.status_code)
