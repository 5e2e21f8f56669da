"""How the clinic of a deployment is equipped, as a command is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from clinic_client.passcode import HashedPasscode
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


class _Passcode(click.ParamType[HashedPasscode]):
    name = "hash"

    def convert(self, value: Any, param: Any, ctx: Any) -> HashedPasscode:  # click's way
        """Read what `oqs reader passcode` has written; nobody is to give the digits themselves."""
        try:
            return value if isinstance(value, HashedPasscode) else HashedPasscode.parse(value)
        except ValueError:
            self.fail("It is what `oqs reader passcode` writes, not the digits.", param, ctx)


passcode_option = click.option(
    "--visual-passcode",
    type=_Passcode(),
    metavar="HASH",
    help="Have staff type this passcode at the reader to identify by eye (目視確認用パスコード): "
    "what `oqs reader passcode` prints. Without it, what is pressed at the desk is enough.",
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
