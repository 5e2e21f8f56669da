"""Insurers' policies (保険者ごとの運用): what one insurer does differently from another.

The seeds differ in what they promise, so each insurer's ways are data (`policies/*.toml`); this
module turns what a file says into a value, and reads no file. PP-08 (the lag) for now.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from enum import StrEnum
from typing import TypeVar

from eligibility.numbers import InsurerKind, InsurerNumber, InvalidNumber
from eligibility.reflection import LagMode, ReflectionPolicy

_Choice = TypeVar("_Choice", bound=StrEnum)


class PolicyError(ValueError):
    """An insurer's policy cannot be understood; names the file, the key and what belongs there."""

    def __init__(self, source: str, key: str, problem: str) -> None:
        super().__init__(f"{source}: {key}: {problem}")
        self.source = source
        self.key = key
        self.problem = problem


@dataclass(frozen=True, slots=True)
class InsurerPolicy:
    """One insurer and its ways.

    `key` is the short name in addresses and settings, `note` says where the numbers come from and
    how sure they are.
    """

    key: str
    name: str
    insurer_number: InsurerNumber
    kind: InsurerKind
    reflection: ReflectionPolicy
    name_kana: str = ""
    note: str = ""


def parse_policy(mapping: Mapping[str, object], source: str) -> InsurerPolicy:
    """Turn a parsed policy file into a policy; `source` is how its errors call the file.

    Raises `PolicyError` for a key that is missing, unknown or of the wrong kind, and for a kind
    that does not fit the insurer number.
    """
    table = _Table(mapping, source)
    policy = InsurerPolicy(
        key=table.text("key"),
        name=table.text("name"),
        name_kana=table.text("name_kana", ""),
        insurer_number=_insurer_number(table),
        kind=table.choice("kind", InsurerKind),
        reflection=_reflection(table.table("reflection")),
        note=table.text("note", ""),
    )
    table.refuse_others()
    if policy.insurer_number.kind is not policy.kind:
        raise table.wrong(
            "kind",
            f"'{policy.kind}' does not fit the insurer number {policy.insurer_number}, "
            f"which is '{policy.insurer_number.kind}'",
        )
    return policy


def _insurer_number(table: "_Table") -> InsurerNumber:
    text = table.text("insurer_number")
    try:
        return InsurerNumber.parse(text)
    except InvalidNumber as error:
        raise PolicyError(table.source, "insurer_number", str(error)) from error


def _reflection(table: "_Table") -> ReflectionPolicy:
    default = ReflectionPolicy()
    policy = ReflectionPolicy(
        mode=table.choice("mode", LagMode),
        lag_days=table.days("lag_days", default.lag_days),
        cutoff=table.local_time("cutoff"),
        insurer_days=table.days("insurer_days", default.insurer_days),
        visible_days=table.days("visible_days", default.visible_days),
    )
    table.refuse_others()
    return policy


class _Table:
    """One table of the file, which knows its own name and remembers what was asked for."""

    def __init__(self, mapping: Mapping[str, object], source: str, prefix: str = "") -> None:
        self.source = source
        self._mapping = mapping
        self._prefix = prefix
        self._asked: set[str] = set()

    def wrong(self, key: str, problem: str) -> PolicyError:
        return PolicyError(self.source, self._prefix + key, problem)

    def text(self, key: str, default: str | None = None) -> str:
        value = self._get(key, default)
        if not isinstance(value, str):
            raise self.wrong(key, f"should be a text, not {value!r}")
        if not value and default is None:
            raise self.wrong(key, "should not be empty")
        return value

    def choice(self, key: str, choices: type[_Choice]) -> _Choice:
        value = self._get(key, None)
        for choice in choices:
            if value == choice.value:
                return choice
        raise self.wrong(key, f"should be one of {', '.join(choices)}, not {value!r}")

    def days(self, key: str, default: int) -> int:
        value = self._get(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise self.wrong(key, f"should be a number of days, 0 or more, not {value!r}")
        return value

    def local_time(self, key: str) -> time | None:
        self._asked.add(key)
        value = self._mapping.get(key)
        if value is not None and not (isinstance(value, time) and value.tzinfo is None):
            raise self.wrong(key, f"should be a time like 17:15:00, not {value!r}")
        return value

    def table(self, key: str) -> "_Table":
        value = self._get(key, None)
        if not isinstance(value, Mapping):
            raise self.wrong(key, f"should be a table, not {value!r}")
        return _Table(value, self.source, f"{self._prefix}{key}.")

    def refuse_others(self) -> None:
        """Refuse keys that nobody asked for: a misspelt key would silently mean its default."""
        for key in self._mapping:
            if key not in self._asked:
                raise self.wrong(
                    key, f"is not known here; known are {', '.join(sorted(self._asked))}"
                )

    def _get(self, key: str, default: object) -> object:
        self._asked.add(key)
        value = self._mapping.get(key, default)
        if value is None:
            raise self.wrong(key, "is missing")
        return value
