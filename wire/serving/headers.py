"""What the headers of a request ask for: form and language of the answer, and whose it is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fastapi import Request

BEARER = "Bearer"
"""The scheme by which tokens are sent (RFC 6750). [unverified]: one guide says that the token of
the web API stands in the header Authorization, and not how."""
_WEIGHT = re.compile(r"0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?")


def bearer_token(request: Request) -> str | None:
    """Return the token that a request carries; the scheme is written in any case (RFC 9110, 11.1).

    None where there is none.
    """
    scheme, _, token = request.headers.get("Authorization", "").strip().partition(" ")
    return token.strip() or None if scheme.lower() == BEARER.lower() else None


def chosen_form(request: Request, offered: Sequence[str], usual: str) -> str | None:
    """Return in which of the media types to answer; None where none is acceptable.

    That is the one which Accept weighs most (RFC 9110, 12.5.1). Of several, one that it names goes
    before the rest, in its order; then the ``usual`` one.
    """
    accepted = _accepted(request)
    weights = {form: _weight(accepted, form) for form in offered}
    most = max(weights.values())
    if not most:
        return None
    best = [form for form in (*accepted, usual, *offered) if weights.get(form) == most]
    return best[0]


def prefers_html(request: Request) -> bool:
    """Tell whether a page is wanted rather than JSON."""
    accepted = _accepted(request)
    return _weight(accepted, "text/html") > _weight(accepted, "application/json")


def preferred_language(request: Request, offered: Sequence[str]) -> str:
    """Return which of the languages the browser prefers (RFC 9110, 12.5.4).

    That is the first of those that it weighs alike, also where it names none of them.
    """
    weights = dict.fromkeys(offered, 0.0)
    for tag, weight in _accepted(request, "Accept-Language").items():
        language = tag.partition("-")[0]
        if language in weights:
            weights[language] = max(weights[language], weight)
    return max(offered, key=lambda one: weights[one])


def _accepted(request: Request, header: str = "Accept") -> Mapping[str, float]:
    """Return what is accepted, each with its weight; anything where nothing is said."""
    found: dict[str, float] = {}
    for part in ",".join(request.headers.getlist(header)).lower().split(","):
        name, *parameters = (each.strip() for each in part.split(";"))
        if not name:
            continue
        told = [each[2:].strip() for each in parameters if each.startswith("q=")]
        found[name] = float(told[0]) if told and _WEIGHT.fullmatch(told[0]) else float(not told)
    return found or {"*/*": 1.0}


def _weight(accepted: Mapping[str, float], media_type: str) -> float:
    """Return how much a type is wanted: by its own name, else its kind, else anything."""
    for wanted in (media_type, media_type.partition("/")[0] + "/*", "*/*"):
        if wanted in accepted:
            return accepted[wanted]
    return 0.0
