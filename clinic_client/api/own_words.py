"""What people write in their own words, and is kept: never somebody's 個人番号 (N-005)."""

from __future__ import annotations

from pydantic_core import PydanticCustomError

from eligibility.identifiers.numbers import holds_individual_number

_JAPANESE = "12桁の数字があります。個人番号（マイナンバー）は書きとめません。消してください。"


def without_individual_number(text: str) -> str:
    """Return a text as it is.

    Raises:
        PydanticCustomError: it holds what may be a 個人番号, which is not repeated.
    """
    if holds_individual_number(text):
        raise PydanticCustomError(
            "individual_number",
            "there are twelve digits; an individual number is never written down, take it out",
            {"japanese": _JAPANESE},
        )
    return text
