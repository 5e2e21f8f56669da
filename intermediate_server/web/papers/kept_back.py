"""Papers that cannot go out as things are: why, and the way to what mends that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import httpx2

from intermediate_server.filing.fields import BY_ATTRIBUTE
from intermediate_server.web.texts import Told, said, say, word

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from intermediate_server.document_posting import DocumentPosting
    from intermediate_server.documents.document import Document
    from intermediate_server.documents.posting import Hindrance
    from intermediate_server.store import Store


class KeptBack(NamedTuple):
    """Something in the way of a paper."""

    why: Told
    href: str
    """Where it is mended; empty where no procedure mends it."""
    way: str


@dataclass(frozen=True)
class PapersKeptBack:
    """Says of papers that wait for the post what is in their way."""

    store: Store
    posting: DocumentPosting

    def of(
        self, documents: Iterable[Document], today: date | None
    ) -> Mapping[int, tuple[KeptBack, ...]]:
        """Return what is in the way of a person's documents, by their number.

        Raises:
            Problem: UNKNOWN_INSURER.
        """
        found: dict[int, tuple[KeptBack, ...]] = {}
        for one in documents:
            if not one.waits:
                continue
            registered = self.store.documents.find(one.person_reference, one.number, today)
            if registered is not None:
                hindrances = self.posting.hindrances(*registered)
                found[one.number] = tuple(_kept_back(one, hindrance) for hindrance in hindrances)
        return found


def _kept_back(document: Document, hindrance: Hindrance) -> KeptBack:
    why = Told(said(hindrance.why), hindrance.detail)
    kind = hindrance.mended_by
    if kind is None:
        return KeptBack(why, "", "")
    asked = {
        "Kind": kind.value,
        "Person": document.person_reference,
        BY_ATTRIBUTE["corrects"].element: str(document.based_on),
    }
    way = say("discrepancy.file_next", kind=word("kind", kind, kind.japanese))
    return KeptBack(why, f"/file?{httpx2.QueryParams(asked)}", way)
