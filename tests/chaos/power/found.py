"""What is found in the databases after a power cut, beside what was acknowledged before it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Self

from sqlalchemy import Connection, create_engine, make_url, select

import clinic_client.store.schema as clinic
import intermediate_server.store.schema as intermediate
import oqs_sim.store.schema as oqs
from wire.dates import write_day

STATED = (
    "name", "address", "insurer_number", "insurer_name", "insured_card_symbol",
    "insured_identification_number", "insured_branch_number", "qualification_date",
    "insured_partial_contribution_ratio",
)  # fmt: skip
"""What a version says, in the ledger and at OQS."""
_MOVES = {"setting of the clock", "advance", "reading of the clock"}
_STEPS = {"card", "suspension", "lifting", "revocation"}


@dataclass(frozen=True)
class Found:
    """What the three databases hold."""

    ledger: Mapping[tuple[str, int], tuple[Any, ...]]
    documents: Mapping[tuple[str, int], str]
    taken: Mapping[tuple[str, int], tuple[Any, ...]]
    residents: frozenset[str]
    spent: frozenset[str]
    inquiries: Counter[str]
    registered: frozenset[str]
    cards: Mapping[str, tuple[bool, bool]]
    """By serial number: whether it is suspended, and whether revoked."""
    strays: frozenset[str]
    """Serial numbers of cards that are not there, and have certificates."""
    clock: datetime | None
    visits: frozenset[str]
    catch_up: Mapping[str, bool]
    """By visit: whether it was caught up."""

    @classmethod
    def read(cls, urls: Mapping[str, str]) -> Self:
        """Read them, by the addresses of the databases."""
        with ExitStack() as stack:

            def opened(name: str) -> Connection:
                url = make_url(urls[name])
                driver = {"postgresql": "postgresql+psycopg"}.get(url.drivername, url.drivername)
                engine = create_engine(url.set(drivername=driver))
                stack.callback(engine.dispose)
                return stack.enter_context(engine.connect())

            at_oqs, ledger, desk = map(opened, ("oqs", "intermediate", "clinic"))
            return cls(
                ledger=_versions(ledger, intermediate.change),
                documents={
                    (row.person_reference, row.document_number): row.occasion
                    for row in ledger.execute(select(intermediate.document))
                },
                taken=_versions(at_oqs, oqs.qualification),
                residents=frozenset(at_oqs.scalars(select(oqs.resident.c.person_reference))),
                spent=frozenset(
                    nonce.hex() for nonce in at_oqs.scalars(select(oqs.used_challenge.c.nonce))
                ),
                inquiries=Counter(at_oqs.scalars(select(oqs.inquiry_log.c.person_reference))),
                registered=frozenset(at_oqs.scalars(select(oqs.registration.c.person_reference))),
                cards=(cards := _cards(at_oqs)),
                strays=frozenset(at_oqs.scalars(select(oqs.card_certificate.c.card)))
                - cards.keys(),
                clock=_clock(at_oqs),
                visits=frozenset(desk.scalars(select(clinic.visit.c.visit_id))),
                catch_up={
                    row.visit_id: row.closed_by is not None
                    for row in desk.execute(select(clinic.catch_up))
                },
            )

    def contradictions(self) -> int:
        """Count what does not fit together.

        That is versions that OQS has and the ledger has not, or with another content, and
        certificates without their card.
        """
        return len(self.strays) + sum(
            self.ledger.get(key) != content for key, content in self.taken.items()
        )

    def lost(self, said: Iterable[Mapping[str, Any]]) -> Counter[str]:
        """Count, by kind, what was acknowledged and is not there."""
        lost = Counter[str]()
        begun: dict[str, list[str]] = defaultdict(list)
        answered: dict[str, list[str]] = defaultdict(list)
        inquiries = Counter[str]()
        for one in said:
            kind = one["kind"]
            if kind == "begun":
                begun[one["serial"]].append(one["step"])
            elif kind in _STEPS:
                answered[one["serial"]].append(kind)
            elif kind == "check":
                inquiries[one["reference"]] += 1
                lost[kind] += one["spent"] not in self.spent
            elif not self._has(kind, one):
                lost[kind] += 1
        for serial, steps in answered.items():
            if serial not in self.cards:
                lost.update(steps)
            elif not self._stands(serial, len(steps) - 1, begun[serial]):
                lost[steps[-1]] += 1
        lost["line of the inquiry log"] = (inquiries - self.inquiries).total()
        return +lost

    def _has(self, kind: str, one: Mapping[str, Any]) -> bool:
        if kind in _MOVES:
            return self.clock is not None and self.clock >= datetime.fromisoformat(one["now"])
        match kind:
            case "resident":
                return one["reference"] in self.residents
            case "procedure" | "line":
                found = self.ledger.get((one["reference"], one["version"]))
                stated = dict(zip(STATED, found, strict=True)) if found else {}
                return stated.get("insured_identification_number") == one["number"] and one[
                    "address"
                ] in {None, stated["address"]}
            case "document":
                return self.documents.get((one["reference"], one["number"])) == one["occasion"]
            case "registration at the portal" | "registration at the reader":
                return one["reference"] in self.registered and one["spent"] in self.spent
            case "visit (unchecked)" | "visit (number)":
                return one["visit"] in self.visits
            case "visit to be checked again":
                return one["visit"] in self.catch_up
            case "visit caught up":
                return self.catch_up.get(one["visit"], False)
        raise AssertionError(kind)

    def _stands(self, serial: str, answered: int, begun: list[str]) -> bool:
        """Tell whether a card is as the last answer says, or as what was begun since has it."""
        states = ["card", *begun][answered : answered + 2]
        return any(_AS_CARD[state](*self.cards[serial]) for state in states)


_AS_CARD = {
    "card": lambda suspended, revoked: not suspended and not revoked,
    "lifting": lambda suspended, revoked: not suspended and not revoked,
    "suspension": lambda suspended, revoked: suspended and not revoked,
    "revocation": lambda _, revoked: revoked,
}


def _versions(connection: Connection, table: Any) -> dict[tuple[str, int], tuple[Any, ...]]:
    columns = [table.c[name] for name in STATED]
    return {
        (row[0], row[1]): tuple(write_day(one) if isinstance(one, date) else one for one in row[2:])
        for row in connection.execute(select(table.c.person_reference, table.c.version, *columns))
    }


def _cards(connection: Connection) -> dict[str, tuple[bool, bool]]:
    on, known = oqs.card_certificate, oqs.certificate
    serials = connection.scalars(select(oqs.issued_card.c.serial_number))
    cards = dict.fromkeys(serials, (False, False))
    joined = select(on.c.card, known.c.suspended_at, known.c.revoked_at).join_from(
        on,
        known,
        (on.c.authority_key == known.c.authority_key) & (on.c.serial == known.c.serial),
    )
    for card, suspended_at, revoked_at in connection.execute(joined):
        if card not in cards:
            continue
        suspended, revoked = cards[card]
        cards[card] = suspended or suspended_at is not None, revoked or revoked_at is not None
    return cards


def _clock(connection: Connection) -> datetime | None:
    """Return where the clock goes on from, as `oqs_sim.timekeeping` reads it."""
    row = connection.execute(select(oqs.clock)).one_or_none()
    if row is None:
        return None
    if row.mode == "frozen" or row.shown_until is None:
        instant: datetime = row.business_anchor
        return instant
    return max(row.business_anchor, row.shown_until)
