"""A name as somebody types it, and as the resident register keeps it."""

from __future__ import annotations

import unicodedata

_HALF_WIDTH = {
    unicodedata.normalize("NFKC", chr(code)): chr(code) for code in range(0xFF61, 0xFFA0)
}
"""The 半角カナ of each カナ; the two voicing marks are characters of their own there."""
_HIRAGANA, _KATAKANA = 0x3041, 0x30A1
_HIRAGANA_LAST = 0x3096


def half_width_kana(text: str) -> str:
    """Write かな and カナ as 半角カナ; everything else stays."""
    katakana = "".join(
        chr(ord(one) - _HIRAGANA + _KATAKANA) if _HIRAGANA <= ord(one) <= _HIRAGANA_LAST else one
        for one in unicodedata.normalize("NFKC", text)
    )
    return "".join(_HALF_WIDTH.get(one, one) for one in unicodedata.normalize("NFD", katakana))
