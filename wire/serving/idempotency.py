"""The header ``Idempotency-Key``, as the routes that take one describe it."""

from __future__ import annotations

from typing import Annotated

from fastapi import Header

from wire.catalogue import Catalogue
from wire.request_key import KEPT_HOURS, REPLAYED

IdempotencyKey = Annotated[
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
PROBLEMS = (Catalogue.IDEMPOTENCY_KEY_UNDER_WAY, Catalogue.IDEMPOTENCY_KEY_REUSED)
"""What a route that takes a key may answer."""
