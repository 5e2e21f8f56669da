"""Settings as somebody chooses them: by a file of TOML, or one by one as ``name=value``.

They are OQS's, or the clinic's; of a whole system they are OQS's, and the clinic's in the table
``clinic``. A setting that has settings of its own is a table of the file, and its name is written
with a dot: ``bulk.most_units``. What a deployment decides by itself (addresses, the database) is
none of them.
"""

from __future__ import annotations

import dataclasses
import math
import tomllib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar, get_origin, get_type_hints

from pydantic import TypeAdapter, ValidationError

import clinic_client.settings
import oqs_sim.settings
from eligibility.sentence import Sentence
from testbed.mistakes import Mistake
from wire.messages.field_reason import Unfit, why_unfit
from wire.system_error import reason_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
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
CLINIC_DECIDED = frozenset(
    {
        "oqs_line_url",
        "oqs_console_url",
        "line_directory",
        "participant",
        "institution_code",
        "variant",
        "database_url",
        "reader_part",
        "visual_passcode",
        "intermediate_console_url",
        "intermediate_line_url",
        "diagnosis_url",
        "face_url",
        "exchange_directory",
        "exchange_kept_directory",
    }
)
"""Likewise of the clinic."""
_CLINIC = "clinic."
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


_Settings = TypeVar("_Settings", oqs_sim.settings.Settings, clinic_client.settings.Settings)


@dataclass(frozen=True)
class Choosable:
    """The settings of a command that may be chosen."""

    kinds: Mapping[str, Any]
    """The kind of each, by its dotted name."""
    decided: frozenset[str]
    """The names of those that other options decide."""


class SettingWrong(Mistake):
    """A setting is none, or its value cannot be."""


@dataclass(frozen=True)
class ChosenSettings:
    """The settings that were chosen, by their dotted names; all others are as they are."""

    values: tuple[tuple[str, Any], ...] = ()

    @classmethod
    def read(
        cls, file: Path | None, assignments: Sequence[str], choosable: Choosable | None = None
    ) -> ChosenSettings:
        """Read a file, and then what was said one by one, which goes before it.

        Without ``choosable`` they are OQS's.

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
        known = choosable or of_oqs()
        return cls(tuple((name, _read(name, value, known)) for name, value in said.items()))

    def applied_to(self, settings: _Settings) -> _Settings:
        """Return settings of the service that was chosen for; of a system, those of OQS.

        Raises:
            SettingWrong: what was chosen cannot be together.
        """
        return _with(settings, (one for one in self.values if not one[0].startswith(_CLINIC)))

    def applied_to_clinic(self, settings: _Settings) -> _Settings:
        """Return those of a system's clinic.

        Raises:
            SettingWrong: what was chosen cannot be together.
        """
        own = ((name.removeprefix(_CLINIC), value) for name, value in self.values
               if name.startswith(_CLINIC))  # fmt: skip
        return _with(settings, own)


AS_THEY_ARE = ChosenSettings()


def _with(settings: _Settings, values: Iterable[tuple[str, Any]]) -> _Settings:
    within: dict[str, dict[str, Any]] = {}
    chosen: dict[str, Any] = {}
    for name, value in values:
        group, _, last = name.rpartition(".")
        (within.setdefault(group, {}) if group else chosen)[last] = value
    for group, members in within.items():
        try:
            chosen[group] = dataclasses.replace(getattr(settings, group), **members)
        except Unfit as error:
            raise SettingWrong(error.text) from None
    return dataclasses.replace(settings, **chosen)


@cache
def of_oqs() -> Choosable:
    """Return what may be chosen of OQS."""
    return Choosable(dict(_kinds(oqs_sim.settings.Settings, DECIDED)), DECIDED)


@cache
def of_clinic() -> Choosable:
    """Return what may be chosen of a clinic that is served by itself."""
    return Choosable(dict(_kinds(clinic_client.settings.Settings, CLINIC_DECIDED)), CLINIC_DECIDED)


@cache
def of_system() -> Choosable:
    """Return what may be chosen of OQS and of its clinic together."""
    oqs, clinic = of_oqs(), of_clinic()
    return Choosable(
        {**oqs.kinds, **{f"{_CLINIC}{name}": kind for name, kind in clinic.kinds.items()}},
        oqs.decided | {f"{_CLINIC}{name}" for name in clinic.decided},
    )


def _kinds(
    settings: type[Any], decided: frozenset[str] = frozenset(), before: str = ""
) -> Iterator[tuple[str, Any]]:
    for name, kind in get_type_hints(settings).items():
        if name in decided:
            continue
        if isinstance(kind, type) and dataclasses.is_dataclass(kind):
            yield from _kinds(kind, before=f"{name}.")
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


def _read(name: str, value: Any, choosable: Choosable) -> Any:
    """Read a value as its setting's kind."""
    known = choosable.kinds
    if name not in known:
        if name in choosable.decided:
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
