"""Names of files in the exchange, and where on the line a request goes (oqs-interface §2.2)."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import NamedTuple

ROUTES = {
    "OQSsiquc01": "/qualification/number",
    "OQSsiimm01": "/reference-numbers",
    "OQSmuquc01": "/bulk/qualification",
    "OQSmuimm01": "/bulk/reference-numbers",
    "OQSmutic01": "/bulk/medical-tickets",
    "OQSmuhvq01": "/bulk/home-visits",
    "OQSmuonq01": "/bulk/online-examinations",
    "OQSmuquc02": "/bulk/qualification/result",
    "OQSmuimm02": "/bulk/reference-numbers/result",
    "OQSmutic02": "/bulk/medical-tickets/result",
    "OQSmuhvq02": "/bulk/home-visits/result",
    "OQSmuonq02": "/bulk/online-examinations/result",
    "YZKsiquc01": "/medical/medicines",
    "TKKsiquc01": "/medical/checkups",
}
"""The routes of OQS by what comes before ``req`` in an API-ID. Only messages whose layout is
publicly known are here."""
_NAME = re.compile(
    r"(?P<api>[A-Z]{3}[a-z]{5}0[12])req_(?P<suffix>[^/\0]+)\.(?P<ending>(?i:xml|zip))"
)
LONGEST = 200
"""Bytes of a name; the longest that a folder takes, less what is put to it."""
_ANSWER_ENDINGS = ("xml", "zip", "pdf")


class RequestName(NamedTuple):
    """The name of a request's file, in its parts."""

    api: str
    """The API-ID before ``req``, such as ``OQSsiquc01``."""
    suffix: str
    ending: str
    """``xml`` or ``zip``."""

    @property
    def route(self) -> str | None:
        """Where on the line it goes; None for a message that is not known."""
        return ROUTES.get(self.api)

    @property
    def answer(self) -> str:
        """The name of the answer's file, without its ending."""
        return f"{self.api}res_{self.suffix}"


def request_name(name: str) -> RequestName | None:
    """Return the parts of a request's name; None where a name is not that of a request."""
    found = _NAME.fullmatch(name)
    return (
        None
        if found is None
        else RequestName(found["api"], found["suffix"], found["ending"].lower())
    )


def may_be_request(name: str) -> bool:
    """Tell whether a file is meant for us, and by its name is there whole."""
    ours = name.lower().endswith((".xml", ".zip")) and not name.startswith((".", "~"))
    return ours and len(os.fsencode(name)) <= LONGEST


def error_of(request: str) -> str:
    """Return the name of the ``.err`` of a request."""
    return f"{Path(request).stem}.err"


def answers_to(request: str) -> tuple[str, ...]:
    """Return the names that the answer to a request may have."""
    parsed = request_name(request)
    if parsed is None:
        return ()
    return tuple(f"{parsed.answer}.{ending}" for ending in _ANSWER_ENDINGS)


def folded(name: str) -> str:
    """Return a name as the programs of a clinic compare it: theirs is a Windows share."""
    return name.casefold()


def places_of(request: str) -> frozenset[str]:
    """Return the folded names of all that a request may leave in ``res``."""
    return frozenset(map(folded, (request, error_of(request), *answers_to(request))))
