"""Texts and numbers as they come in: what no service takes, and how long or large one may be.

Every text of a request, of a path and of a query is of one of these types, or has a pattern of its
own, and every number has bounds; `tests/wire/test_inputs.py` holds that over all services. So
nothing comes in that a database refuses, that a page shows as something else, or that makes a later
check fail.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, StringConstraints
from pydantic.types import Strict
from pydantic_core import PydanticCustomError, core_schema

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue

UNFIT = (
    r"\x00-\x1f\x7f-\x9f"  # control characters, NUL and line breaks among them
    r"\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"  # unseen, or turning text
    r"\ufff9-\ufffb\ufffe\uffff"  # no characters of a text
)
"""A class of a regular expression: what no text of one line holds."""
SURROGATES = r"\ud800-\udfff"
"""Halves of characters, which only a damaged text holds."""
_UNFIT = re.compile(f"[{UNFIT}{SURROGATES}]")
ANY_LINE = re.sub(r"\\x(..)", r"\\u00\1", f"^[^{UNFIT}]*$")
"""The pattern of every text of one line, in the OpenAPI document."""

LARGEST = (1 << 63) - 1
"""The largest number that a database keeps."""


def has_unfit_character(text: str) -> bool:
    """Tell whether a text holds a control character, an unseen one, or one that turns the line."""
    return _UNFIT.search(text) is not None


def _verified(text: str) -> str:
    if text.isprintable():  # nothing of the class is; a text that is not may be fit all the same
        return text
    if found := _UNFIT.search(text):
        raise PydanticCustomError(
            "unfit_character",
            "character {place} ({character}) is a control character or cannot be seen; "
            "leave it out",
            {
                "place": found.start() + 1,
                "character": f"U+{ord(found[0]):04X}",
                "japanese": "制御文字や見えない文字があります。取り除いてください。",
            },
        )
    return text


class _Fit:
    """Refuses what no text of one line holds."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_after_validator_function(_verified, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        described = handler(schema)
        described.setdefault("pattern", ANY_LINE)
        return described


FIT = _Fit()

Line = Annotated[str, StringConstraints(max_length=200), FIT]
"""Any text of one line; it may be empty."""
ShortLine = Annotated[str, StringConstraints(max_length=20), FIT]
"""A short one: 記号, 番号, a reference."""
LongLine = Annotated[str, StringConstraints(max_length=4096), FIT]
"""A path of a file."""
Reference = Annotated[str, StringConstraints(min_length=1, max_length=20), FIT]
"""How the simulation calls a person."""

Version = Annotated[int, Strict(), Field(ge=1, le=999_999_999)]
"""Counts the changes of a person, from 1."""
Seconds = Annotated[float, Strict(), Field(ge=0, le=3_200_000_000, allow_inf_nan=False)]
"""A time of up to a hundred years."""
Truth = Annotated[bool, Strict()]
"""True or false; a number or a word is neither."""
