"""What is wrong with a value, as people read it: no word of the library that has found it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eligibility.sentence import Sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

_OF_THE_LIBRARY = ("Value error, ", "Assertion failed, ")
"""What it puts before the words of ours."""


class Unfit(ValueError):
    """Values do not fit; `text` says why, and what to do."""

    def __init__(self, ja: str, en: str) -> None:
        self.text = Sentence(ja, en)
        super().__init__(en)


def own_words(fault: Mapping[str, Any]) -> str:
    """Return what a field says of itself in Japanese, empty where only its type speaks.

    ``fault`` is one of the errors of a `ValidationError`.
    """
    context = fault.get("ctx") or {}
    text = getattr(context.get("error"), "text", None)
    said: str = text.ja if isinstance(text, Sentence) else context.get("japanese", "")
    return said


def why_unfit(fault: Mapping[str, Any]) -> Sentence:
    """Return why a value is refused, without the value."""
    context = fault.get("ctx") or {}
    text = getattr(context.get("error"), "text", None)
    if isinstance(text, Sentence):
        return text
    english = str(fault["msg"])
    for words in _OF_THE_LIBRARY:
        english = english.removeprefix(words)
    return Sentence(own_words(fault) or _japanese(str(fault.get("type", "")), context), english)


def _japanese(kind: str, context: Mapping[str, Any]) -> str:
    """Return what the type of a field has to say."""
    for end, sentence in _BY_END.items():
        if kind.endswith(end):
            return sentence
    return _BY_KIND.get(kind, "値に誤りがあります。").format_map(context)


_BY_KIND = {
    "missing": "この項目が必要です。",
    "extra_forbidden": "この項目はありません。",
    "string_too_long": "{max_length}文字までで入れてください。",
    "string_too_short": "{min_length}文字以上で入れてください。",
    "string_pattern_mismatch": "書き方が違います。桁数と、使える文字を確かめてください。",
    "enum": "決められた値のどれかを選んでください。",
    "literal_error": "決められた値のどれかを選んでください。",
    "too_long": "多すぎます。{max_length}件までにしてください。",
    "too_short": "足りません。{min_length}件以上にしてください。",
    "greater_than_equal": "{ge}以上の数で入れてください。",
    "greater_than": "{gt}より大きい数で入れてください。",
    "less_than_equal": "{le}以下の数で入れてください。",
    "less_than": "{lt}より小さい数で入れてください。",
    "finite_number": "数で入れてください。",
    "json_invalid": "JSONとして正しくありません。",
}
_BY_END = {
    "int_parsing": "整数で入れてください。",
    "int_type": "整数で入れてください。",
    "int_from_float": "整数で入れてください。",
    "float_parsing": "数で入れてください。",
    "float_type": "数で入れてください。",
    "bool_type": "true か false にしてください。",
    "bool_parsing": "true か false にしてください。",
}
