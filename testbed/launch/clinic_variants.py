"""How the clinic of a deployment is equipped, as a command is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from eligibility.sentence import Sentence
from eligibility.terminal.clinic_variant import ClinicVariant
from testbed.mistakes import Mistake

if TYPE_CHECKING:
    from pathlib import Path

variant_option = click.option(
    "--clinic-variant",
    "variant",
    type=click.Choice([one.value for one in ClinicVariant]),
    default=ClinicVariant.FACE_READER.value,
    show_default=True,
    callback=lambda _, __, value: ClinicVariant(value),
    help="How the clinic is equipped: with a face reader, one that takes smartphones too, a "
    "general reader that checks eligibility only (資格確認限定型), or no reader at all.",
)


class ExchangeImpossible(Mistake):
    """資格確認限定型 has no interface for programs but what its app copies (§1.1)."""


def require_interface(variant: ClinicVariant, exchange: Path | None) -> None:
    """See that a clinic whose folder is to be served has one.

    Raises:
        ExchangeImpossible: it has none.
    """
    if exchange is not None and not variant.has_machine_interface:
        raise ExchangeImpossible(
            Sentence(
                "資格確認限定型の医療機関には、連携フォルダーがありません。--exchange を外すか、"
                "--clinic-variant をほかの型にしてください。",
                "A clinic of 資格確認限定型 has no folder exchange. Leave out --exchange, or "
                "choose another --clinic-variant.",
            )
        )


def limited(institution: str, variant: ClinicVariant) -> tuple[str, ...]:
    """Return the institution where OQS has to know that it checks eligibility only (P-022)."""
    return () if variant.operation.medical_information else (institution,)
