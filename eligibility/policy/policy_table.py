"""Policy tables (運用表): reading one table of a policy file, key by key.

Each reader names file and key when what stands there does not belong there; no file is opened
here.
"""

from collections.abc import Mapping
from datetime import date, datetime, time
from enum import StrEnum
from typing import Self, TypeVar

_Choice = TypeVar("_Choice", bound=StrEnum)


class PolicyError(ValueError):
    """An insurer's policy cannot be understood; names the file, the key and what belongs there."""

    def __init__(self, source: str, key: str, problem: str) -> None:
        super().__init__(f"{source}: {key}: {problem}")
        self.source = source
        self.key = key
        self.problem = problem


class PolicyTable:
    """One table of the file, which knows its own name and remembers what was asked for.

    A reader without a default takes a key that must be there. All raise `PolicyError`.
    """

    def __init__(self, mapping: Mapping[str, object], source: str, prefix: str = "") -> None:
        self.source = source
        self._mapping = mapping
        self._prefix = prefix
        self._asked: set[str] = set()

    def wrong(self, key: str, problem: str) -> PolicyError:
        """Return the error that names file and key."""
        return PolicyError(self.source, self._prefix + key, problem)

    def has(self, key: str) -> bool:
        """Tell whether the key is there."""
        self._asked.add(key)
        return key in self._mapping

    def text(self, key: str, default: str | None = None) -> str:
        """Read a text, which is not empty unless it may be missing."""
        value = self._get(key, default)
        if not isinstance(value, str):
            raise self.wrong(key, f"should be a text, not {value!r}")
        if not value and default is None:
            raise self.wrong(key, "should not be empty")
        return value

    def choice(self, key: str, choices: type[_Choice], default: _Choice | None = None) -> _Choice:
        """Read one of the values of an enumeration."""
        return self._chosen(key, choices, self._get(key, default))

    def choices(
        self, key: str, choices: type[_Choice], default: frozenset[_Choice]
    ) -> frozenset[_Choice]:
        """Read a list of values of an enumeration."""
        values = self._list(key, list(default))
        return frozenset(self._chosen(key, choices, value) for value in values)

    def flag(self, key: str, *, default: bool) -> bool:
        """Read true or false."""
        value = self._get(key, default)
        if not isinstance(value, bool):
            raise self.wrong(key, f"should be true or false, not {value!r}")
        return value

    def count(self, key: str, default: int | None, unit: str, least: int = 0) -> int:
        """Read a number of `unit`, at least `least`."""
        value = self._get(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise self.wrong(key, f"should be a number of {unit}, {least} or more, not {value!r}")
        return value

    def day(self, key: str, default: date) -> date:
        """Read a date."""
        return self._day(key, self._get(key, default))

    def days(self, key: str) -> tuple[date, ...]:
        """Read a list of dates, empty if the key is missing, and return them in their order."""
        return tuple(sorted(self._day(key, value) for value in self._list(key, [])))

    def local_time(self, key: str) -> time | None:
        """Read a time of day; None if the key is missing."""
        self._asked.add(key)
        value = self._mapping.get(key)
        if value is not None and not (isinstance(value, time) and value.tzinfo is None):
            raise self.wrong(key, f"should be a time like 17:15:00, not {value!r}")
        return value

    def table(self, key: str, *, optional: bool = False) -> Self:
        """Read a table below; an optional one that is missing is empty."""
        value = self._get(key, {} if optional else None)
        if not isinstance(value, Mapping):
            raise self.wrong(key, f"should be a table, not {value!r}")
        return type(self)(value, self.source, f"{self._prefix}{key}.")

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

    def _list(self, key: str, default: list[object]) -> list[object]:
        value = self._get(key, default)
        if not isinstance(value, list):
            raise self.wrong(key, f"should be a list, not {value!r}")
        return value

    def _chosen(self, key: str, choices: type[_Choice], value: object) -> _Choice:
        for choice in choices:
            if value == choice.value:
                return choice
        raise self.wrong(key, f"should be one of {', '.join(choices)}, not {value!r}")

    def _day(self, key: str, value: object) -> date:
        if not isinstance(value, date) or isinstance(value, datetime):
            raise self.wrong(key, f"should be a date like 2026-11-24, not {value!r}")
        return value
