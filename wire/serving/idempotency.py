"""The header ``Idempotency-Key``, as the routes that take one describe it."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header, Request

from wire.catalogue import Catalogue, Problem
from wire.request_key import KEPT_HOURS, REPLAYED

_Sent = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        max_length=257,
        description=(
            "A name of the caller's own for this request, such as a UUID. Sent again with it, the "
            f"request is done once, and the first answer is given again with `{REPLAYED}: true`. "
            f"Kept for {KEPT_HOURS} hours or longer."
        ),
    ),
]


def _only(request: Request, sent: _Sent = None) -> str | None:
    if len(request.headers.getlist("Idempotency-Key")) > 1:
        raise Problem(
            Catalogue.INVALID_REQUEST,
            "The header Idempotency-Key came more than once.",
            japanese="Idempotency-Key が2つ以上あります。1つだけ付けてください。",
        )
    return sent


IdempotencyKey = Annotated[str | None, Depends(_only)]
"""The key as it was sent, which `wire.request_key.read_key` reads."""
PROBLEMS = (Catalogue.IDEMPOTENCY_KEY_UNDER_WAY, Catalogue.IDEMPOTENCY_KEY_REUSED)
"""What a route that takes a key may answer."""
