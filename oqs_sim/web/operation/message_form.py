"""The part of the operation page on how answers to terminals are written."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from oqs_sim.operation.message_setting import MessageSetting
from wire.messages.profile import Absence, Declaration, ElementOrder, Encoding, Nesting

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from enum import Enum

_CHOICES: Mapping[str, tuple[str, type[Enum]]] = {
    "encoding": ("Encoding", Encoding),
    "declaration": ("Declaration", Declaration),
    "order": ("Order", ElementOrder),
    "nesting": ("Nesting", Nesting),
    "absence": ("Absence", Absence),
}
"""The fields that have choices, by their names in the form."""
_TYPED = {
    "institution": "MedicalInstitutionCode",
    "six_consents_from": "SixConsentsFrom",
    "zip_password": "ZipPassword",
}


_NAMES = {
    "Effect": "effect",
    "Path": "path",
    "Probability": "probability",
    "Times": "times",
    "Kind": "kind",
    "MedicalInstitutionCode": "institution",
    "Prefecture": "prefecture",
    "Municipalities": "municipalities",
    "Reason": "reason",
    "Seed": "message_seed",
    "SixConsentsFrom": "message_six_consents_from",
    "ZipPassword": "message_zip_password",
    **{alias: f"message_{name}" for name, (alias, _) in _CHOICES.items()},
}
"""Under which key of its words the page has a member of an order."""


class MessageRow(NamedTuple):
    """What is set for an institution, or for all others."""

    institution: str
    whom: str
    said: str
    end: str


class MessageField(NamedTuple):
    """A field with choices."""

    name: str
    label: str
    choices: tuple[tuple[str, str], ...]
    """Each with its word."""


def message_fields(text: Mapping[str, str]) -> tuple[MessageField, ...]:
    """Return the fields with choices."""
    return tuple(
        MessageField(
            name,
            text[f"message_{name}"],
            tuple((one.value, text[f"choice_{one.value}"]) for one in kind),
        )
        for name, (_, kind) in _CHOICES.items()
    )


def message_rows(
    text: Mapping[str, str], settings: Sequence[MessageSetting]
) -> tuple[MessageRow, ...]:
    """Return what is set."""
    return tuple(_row(text, one) for one in settings)


def _row(text: Mapping[str, str], setting: MessageSetting) -> MessageRow:
    members = setting.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    institution = members.pop("MedicalInstitutionCode", "")
    whom = institution or text["message_others"]
    said = ", ".join(
        f"{field_name(text, name)}: {text.get(f'choice_{value}', value)}"
        for name, value in members.items()
    )
    end = text["message_end"].format(whom=whom)
    return MessageRow(institution, whom, said or text["message_as_ever"], end)


def field_name(text: Mapping[str, str], member: str) -> str:
    """Return what the page calls a member of an order; as it is, where it has no field for it."""
    return text.get(_NAMES.get(member, ""), member)


def setting_of(form: Mapping[str, str]) -> MessageSetting:
    """Return the setting that a form says.

    Raises:
        ValidationError: what was typed is wrong.
    """
    names = {name: alias for name, (alias, _) in _CHOICES.items()} | _TYPED
    members: dict[str, object] = {
        alias: form[name] for name, alias in names.items() if form.get(name)
    }
    seed = form.get("seed", "")
    if seed:
        members["Seed"] = int(seed) if seed.isascii() and seed.isdigit() else seed
    return MessageSetting.model_validate(members)
