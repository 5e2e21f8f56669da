"""What a terminal puts into ``face`` after a card was read (oqs-interface §2.1, §2.2)."""

from __future__ import annotations

import base64
import secrets
from typing import TYPE_CHECKING, NamedTuple

from wire.vocabulary.codes import ReferenceClassification

if TYPE_CHECKING:
    from wire.vocabulary.answer import QualificationAnswer

_IDENTIFIER_BYTES = 12
"""Of a mark of sixteen characters, as known files have one (§2.4)."""
_NAME_BYTES = 10
"""Of what follows the institution code in the name of a known file."""


class FacePush(NamedTuple):
    """A file of ``face``: its name without ending, and what it says."""

    name: str
    message: QualificationAnswer


def face_push(answer: QualificationAnswer) -> FacePush:
    """Return the file that a terminal makes of an answer, as if its patient came by card.

    The mark is OQS's own, as nobody has asked. Of what it and the name are made is [unverified].
    """
    header = answer.message_header
    pushed = header.model_copy(
        update={
            "arbitrary_file_identifier": base64.b64encode(
                secrets.token_bytes(_IDENTIFIER_BYTES)
            ).decode(),
            "reference_classification": ReferenceClassification.CARD,
        }
    )
    body = answer.message_body.model_copy(update={"qualification_confirm_search_info": None})
    whose = header.medical_institution_code + secrets.token_hex(_NAME_BYTES)
    return FacePush(
        f"OQSsiquc01res_face_{whose}_{header.process_execution_time}",
        answer.model_copy(update={"message_header": pushed, "message_body": body}),
    )
