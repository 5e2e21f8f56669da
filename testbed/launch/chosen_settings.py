"""Settings of OQS as somebody chooses them: by a file of TOML, or one by one as ``name=value``.

A setting that has settings of its own is a table of the file, and its name is written with a dot:
``bulk.most_units``. What a deployment decides by itself (addresses, the database) is none of them.
"""

from __future__ import annotations

import dataclasses
import math
import tomllib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, get_origin, get_type_hints

from pydantic import TypeAdapter, ValidationError

from eligibility.sentence import Sentence
from oqs_sim.settings import Settings
from testbed.mistakes import Mistake
from wire.messages.field_reason import why_unfit
from wire.system_error import reason_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

DECIDED = frozenset(
    {
        "database_url",
        "clock_followers",
        "clock_forerunners",
        "clinic_urls",
        "cards_url",
        "portal_reader_page",
    }
)
"""What a command has options of its own for, or knows by itself."""
_LONGEST_DAY = 28
_RANGES: Mapping[str, tuple[float, float]] = {
    "bulk.most_units": (1, 10_000),
    "bulk.part_units": (1, 10_000),
    "deliveries_at_once": (1, 100),
    "drug_window.claims_day": (1, _LONGEST_DAY),
    "welfare.ticket_day": (1, _LONGEST_DAY),
}
"""Of numbers that have narrower bounds than all others."""
_LARGEST = 1_000_000_000


class SettingWrong(Mistake):
    """A setting is none, or its value cannot be."""


@dataclass(frozen=True)
class ChosenSettings:
    """The settings that were chosen, by their dotted names; all others are as they are."""

    values: tuple[tuple[str, Any], ...] = ()

    @classmethod
    def read(cls, file: Path | None, assignments: Sequence[str]) -> ChosenSettings:
        """Read a file, and then what was said one by one, which goes before it.

        Raises:
            SettingWrong: the file cannot be read, a name is no setting, or a value is not its kind.
        """
        said = dict(_flat(_of_file(file))) if file is not None else {}
        for assignment in assignments:
            name, equals, value = assignment.partition("=")
            if not equals:
                raise SettingWrong(
                    Sentence(
                        f"「{assignment}」は設定ではありません。「名前=値」の形で書いてください。",
                        f"{assignment!r} is no setting; write it as name=value.",
                    )
                )
            said[name.strip()] = value.strip()
        return cls(tuple((name, _read(name, value)) for name, value in said.items()))

    def applied_to(self, settings: Settings) -> Settings:
        """Return settings with what was chosen."""
        within: dict[str, dict[str, Any]] = {}
        chosen: dict[str, Any] = {}
        for name, value in self.values:
            group, _, last = name.rpartition(".")
            (within.setdefault(group, {}) if group else chosen)[last] = value
        for group, members in within.items():
            chosen[group] = dataclasses.replace(getattr(settings, group), **members)
        return dataclasses.replace(settings, **chosen)


AS_THEY_ARE = ChosenSettings()


@cache
def settings_to_choose() -> Mapping[str, Any]:
    """Return the kind of each setting, by its dotted name."""
    return dict(_kinds(Settings, ""))


def _kinds(settings: type[Any], before: str) -> Iterator[tuple[str, Any]]:
    for name, kind in get_type_hints(settings).items():
        if not before and name in DECIDED:
            continue
        if isinstance(kind, type) and dataclasses.is_dataclass(kind):
            yield from _kinds(kind, f"{name}.")
        else:
            yield before + name, kind


def _of_file(file: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        why = reason_of(error)
        raise SettingWrong(
            Sentence(
                f"設定ファイル {file} が読めません（{why.ja}）。場所と権限を確かめてください。",
                f"The file of settings {file} cannot be read ({why.en}); check its place and "
                "whether you may read it.",
            )
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingWrong(
            Sentence(
                f"設定ファイル {file} がTOMLとして読めません（{error}）。その行を直してください。",
                f"The file of settings {file} is no TOML ({error}); mend that line.",
            )
        ) from None


def _flat(members: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in members.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield before + name, value


def _read(name: str, value: Any) -> Any:
    """Read a value as its setting's kind."""
    known = settings_to_choose()
    if name not in known:
        if name in DECIDED:
            raise SettingWrong(
                Sentence(
                    f"{name} は、コマンドの別のオプションで決まります（`--help` を見てください）。",
                    f"{name} follows from other options of the command (see `--help`).",
                )
            )
        raise SettingWrong(
            Sentence(
                f"「{name}」という設定はありません。あるのは {', '.join(known)} です。",
                f"{name!r} is no setting; there are {', '.join(known)}.",
            )
        )
    if isinstance(value, str) and get_origin(known[name]) is tuple:
        value = _list_of(name, value)
    absent = isinstance(value, str) and value.lower() in {"", "none"}
    try:
        read = TypeAdapter(known[name]).validate_python(
            None if absent and "None" in str(known[name]) else value
        )
    except ValidationError as error:
        why = why_unfit(error.errors(include_url=False, include_input=False)[0])
        raise _wrong(name, value, why) from None
    if isinstance(read, int | float) and not isinstance(read, bool):
        least, most = _RANGES.get(name, (0, _LARGEST))
        if not (math.isfinite(read) and least <= read <= most):
            raise _wrong(
                name,
                value,
                Sentence(f"{least:g}から{most:g}まで", f"it goes from {least:g} to {most:g}"),
            )
    return read


def _list_of(name: str, written: str) -> Any:
    """Read a list as the file of settings has it."""
    try:
        return tomllib.loads(f"value = {written}")["value"]
    except tomllib.TOMLDecodeError:
        why = Sentence(
            'TOMLの配列で書いてください。例: [["9910000018", "99001"]]',
            'write it as an array of TOML, like [["9910000018", "99001"]]',
        )
        raise _wrong(name, written, why) from None


def _wrong(name: str, value: Any, why: Sentence) -> SettingWrong:
    return SettingWrong(
        Sentence(
            f"設定 {name} の値「{value}」が正しくありません（{why.ja.removesuffix('。')}）。"
            "直してから始めてください。",
            f"The value {value!r} of the setting {name} is wrong ({why.en}); "
            "mend it and start again.",
        )
    )
