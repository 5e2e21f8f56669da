"""A problem as the document that goes over HTTP (RFC 9457)."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

MEDIA_TYPE = "application/problem+json"
AS_CONTENT: dict[str, Any] = {
    MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}
}
"""How an OpenAPI document says that an answer is one. FastAPI, told of the model instead, makes a
form of its own for each answer of each route, which takes half of a service's start."""


class ProblemDocument(BaseModel):
    """The document of RFC 9457 with the members that this product adds."""

    type: str = Field(description="a name for the kind, `urn:oqs-sim:problem:` and the code")
    title: str
    status: int
    detail: str | None = None
    code: str
    japanese: str = Field(description="the sentence for the person at the desk")
    advice: str = Field(description="what the implementer should do")

    request_id: str | None = Field(
        default=None, description="the id of the request, as in `X-Request-Id` and in the logs"
    )

    model_config = {"extra": "allow"}
