"""Persons found in the ledger, on either database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from intermediate_server.store.finding.person_search import SearchTerms
from tests.intermediate_server.store.test_bulk_recorder import procedure, store

if TYPE_CHECKING:
    from intermediate_server.store import Store

__all__ = ["store"]


def test_who_has_very_many_entries_hides_nobody(store: Store) -> None:
    store.recorder.record([procedure("P1", str(entry)) for entry in range(200)])
    store.recorder.record([procedure("P2"), procedure("P3")])
    for terms in (
        SearchTerms(names=("試験",)),
        SearchTerms(kana=("ｼｹﾝﾊ",)),
        SearchTerms(numbers=("1",), symbols=("最上",)),
    ):
        found = store.search.find(terms, 3)
        persons = {person[0].person.reference for person in found.persons}
        assert (persons, found.more) == ({"P1", "P2", "P3"}, False)
        assert store.search.find(terms, 2).more
