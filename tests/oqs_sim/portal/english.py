"""What is left in Japanese on a page in English."""

from __future__ import annotations

import re

_JAPANESE = re.compile("[\u3040-\u30ff\u3400-\u9fff]+")
_LEFT_AS_IT_IS = (
    r'<(\w+)[^>]* lang="ja"[^>]*>.*?</\1>',  # names, and what people wrote
    r'<input type="hidden"[^>]*>',
    r'(?<=<option) value="[^"]*"',
    r'(?<=<input)(?= id="(?:Name|Address|Institution|InsuredNumber|query)")[^>]*>',
)
_TERMS = r"[(（][^()（）]*[)）]"


def japanese_in(page: str) -> list[str]:
    """Return it but for names, and for the field's terms in brackets."""
    assert '<html lang="en">' in page
    assert 'lang="ja">日本語</a>' in page
    for left in _LEFT_AS_IT_IS:
        page = re.sub(left, "", page, flags=re.DOTALL)
    return _JAPANESE.findall(re.sub(_TERMS, "", page))
