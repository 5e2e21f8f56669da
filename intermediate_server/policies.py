"""The insurers that this server knows, each with its policy."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from functools import cache, cached_property
from importlib.resources import files
from typing import TYPE_CHECKING

from eligibility.policy.insurer_policy import InsurerPolicy, PolicyError, parse_policy
from wire.catalogue import Catalogue, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import time
    from importlib.resources.abc import Traversable
    from pathlib import Path

    from eligibility.days.reflection import LagMode
    from eligibility.identifiers.numbers import InsurerNumber


@dataclass(frozen=True)
class PolicyBook:
    """The policies, in the order of their insurer numbers."""

    policies: tuple[InsurerPolicy, ...]

    def __iter__(self) -> Iterator[InsurerPolicy]:
        return iter(self.policies)

    def under(self, mode: LagMode | None, cutoff: time | None) -> PolicyBook:
        """Return the policies as a deployment has them.

        ``mode`` is that of all insurers; ``cutoff`` is of those that name none themselves.
        """
        return PolicyBook(
            tuple(
                replace(
                    policy,
                    reflection=replace(
                        policy.reflection,
                        mode=mode or policy.reflection.mode,
                        cutoff=policy.reflection.cutoff or cutoff,
                    ),
                )
                for policy in self.policies
            )
        )

    def of(self, insurer_number: InsurerNumber) -> InsurerPolicy:
        """Return the insurer's policy.

        Raises:
            Problem: UNKNOWN_INSURER.
        """
        return self.of_digits(insurer_number.digits)

    @cached_property
    def _by_digits(self) -> dict[str, InsurerPolicy]:
        return {policy.insurer_number.digits: policy for policy in self.policies}

    def of_digits(self, insurer_number: str) -> InsurerPolicy:
        """Return the policy of the insurer with these digits.

        Raises:
            Problem: UNKNOWN_INSURER.
        """
        found = self._by_digits.get(insurer_number)
        if found is not None:
            return found
        known = ", ".join(str(policy.insurer_number) for policy in self.policies)
        raise Problem(
            Catalogue.UNKNOWN_INSURER,
            f"{insurer_number} has no policy; known are {known}.",
            japanese=f"保険者番号「{insurer_number}」の保険者は登録されていません。"
            "保険者番号を確かめてください。",
        )


def load_policies(directory: Path | None = None) -> PolicyBook:
    """Read the bundled policies, and those of ``directory``, which come first.

    Raises:
        PolicyError: a file cannot be understood, or two of one folder are of the same insurer.
        OSError: the folder cannot be read.
    """
    found = _bundled()
    if directory is not None:
        found = found | _read(directory.iterdir())
    return PolicyBook(tuple(found[number] for number in sorted(found)))


@cache
def _bundled() -> dict[InsurerNumber, InsurerPolicy]:
    """Return the policies that come with the program, which are what they are while it runs."""
    return _read(files("eligibility.policy").joinpath("insurers").iterdir())


def _read(entries: Iterable[Traversable]) -> dict[InsurerNumber, InsurerPolicy]:
    found: dict[InsurerNumber, InsurerPolicy] = {}
    for entry in sorted(entries, key=lambda entry: entry.name):
        if not entry.name.endswith(".toml"):
            continue
        try:
            mapping = tomllib.loads(entry.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise PolicyError(entry.name, "TOML", str(error)) from error
        policy = parse_policy(mapping, entry.name)
        if policy.insurer_number in found:
            other = found[policy.insurer_number].key
            raise PolicyError(
                entry.name, "insurer_number", f"{policy.insurer_number} is already that of {other}"
            )
        found[policy.insurer_number] = policy
    return found
