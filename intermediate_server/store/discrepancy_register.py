"""Discrepancy tickets (相違の申し出), and every statement about them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, insert, select, update

from eligibility.reception.discrepancy import DiscrepancyKind, DiscrepancyTicket
from intermediate_server.counter.ticket import FiledTicket, Finding, TicketAnswer
from intermediate_server.procedures.change import FilingChannel, Source
from intermediate_server.store.schema import discrepancy, idempotency_key
from storage import IdempotencyKeys, bucket_of, reading, turn_to_write
from wire.clock import wall_clock
from wire.request_key import KEPT_HOURS

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from sqlalchemy import Engine, Row

    from storage import IdempotentRequest, KeptAnswer

_KEYS = IdempotencyKeys(idempotency_key)
_OPEN = (
    select(discrepancy)
    .where(discrepancy.c.finding.is_(None))
    .order_by(discrepancy.c.recorded_at)
    .limit(bindparam("at_most"))
)
"""What has not been answered, the oldest first."""
_OPEN_COUNT = select(func.count()).where(discrepancy.c.finding.is_(None))
"""How many have not been answered."""
_RECENT = select(discrepancy).order_by(discrepancy.c.recorded_at.desc()).limit(bindparam("at_most"))
"""What came last, answered or not, the newest first."""
_OF_INSURER = discrepancy.c.insurer_number == bindparam("of_insurer")
_TICKET = select(discrepancy).where(
    discrepancy.c.bucket == bindparam("of_bucket"), discrepancy.c.ticket == bindparam("of_ticket")
)
"""One ticket."""
_ANSWER = (
    update(discrepancy)
    .where(
        discrepancy.c.bucket == bindparam("of_bucket"),
        discrepancy.c.ticket == bindparam("of_ticket"),
        discrepancy.c.finding.is_(None),
    )
    .values(
        finding=bindparam("with_finding"),
        answer=bindparam("with_answer"),
        answered_on=bindparam("with_day"),
        answered_by=bindparam("with_name"),
    )
)
"""Answers a ticket that has no answer yet."""


class TicketKnown(Exception):
    """The same request was taken before; its answer is to be given again."""

    def __init__(self, kept: KeptAnswer) -> None:
        super().__init__(kept.status)
        self.kept = kept


@dataclass(frozen=True)
class DiscrepancyRegister:
    """All tickets."""

    engine: Engine

    def add(
        self,
        insurer_number: str,
        ticket: DiscrepancyTicket,
        received_on: date,
        source: Source,
        once: tuple[IdempotentRequest, Callable[[FiledTicket], str]] | None = None,
    ) -> FiledTicket:
        """Take a ticket in, ``once`` where the request names itself.

        Raises:
            TicketKnown: it was taken in before.
        """
        filed = FiledTicket(
            secrets.token_hex(8).upper(), insurer_number, ticket, received_on, source
        )
        recorded_at = wall_clock()
        with turn_to_write(self.engine), self.engine.begin() as connection:
            if once is not None and (kept := _KEYS.lock(connection, once[0])):
                raise TicketKnown(kept)
            connection.execute(
                insert(discrepancy),
                {
                    "bucket": bucket_of(filed.key),
                    "ticket": filed.key,
                    "insurer_number": insurer_number,
                    "kind": ticket.kind.value,
                    "name": ticket.name,
                    "birthdate": ticket.birthdate,
                    "sex": ticket.sex,
                    "address": ticket.address,
                    "insured_number": ticket.insured_number,
                    "visited_on": ticket.visited_on,
                    "institution": ticket.institution,
                    "ratio_paid": ticket.ratio_paid,
                    "on_check": ticket.on_check,
                    "should_be": ticket.should_be,
                    "filed_by": source.filed_by,
                    "channel": source.channel.value,
                    "received_on": received_on,
                    "recorded_at": recorded_at,
                },
            )
            if once is not None:
                request, answer_of = once
                _KEYS.forget(connection, recorded_at - timedelta(hours=KEPT_HOURS))
                _KEYS.add(connection, request, 201, answer_of(filed), recorded_at)
        return filed

    def find(self, key: str) -> FiledTicket | None:
        """Return a ticket."""
        asked = {"of_bucket": bucket_of(key), "of_ticket": key}
        with reading(self.engine) as connection:
            row = connection.execute(_TICKET, asked).one_or_none()
        return None if row is None else _filed(row)

    def answer(self, key: str, answer: TicketAnswer) -> bool:
        """Answer a ticket; False where it was answered before, or there is none."""
        with turn_to_write(self.engine), self.engine.begin() as connection:
            done = connection.execute(
                _ANSWER,
                {
                    "of_bucket": bucket_of(key),
                    "of_ticket": key,
                    "with_finding": answer.finding.value,
                    "with_answer": answer.text,
                    "with_day": answer.answered_on,
                    "with_name": answer.answered_by,
                },
            )
        return done.rowcount == 1

    def listed(
        self, limit: int, insurer_number: str | None = None, *, unanswered: bool = False
    ) -> tuple[FiledTicket, ...]:
        """Return tickets, of one insurer or of all: the unanswered from the oldest, or the last."""
        query, asked = _OPEN if unanswered else _RECENT, dict[str, Any](at_most=limit)
        if insurer_number is not None:
            query, asked["of_insurer"] = query.where(_OF_INSURER), insurer_number
        with reading(self.engine) as connection:
            return tuple(map(_filed, connection.execute(query, asked)))

    def count_open(self) -> int:
        """Count what has not been answered."""
        with reading(self.engine) as connection:
            return int(connection.execute(_OPEN_COUNT).scalar_one())


def _filed(row: Row[Any]) -> FiledTicket:
    answer = None
    if row.finding is not None:
        answer = TicketAnswer(Finding(row.finding), row.answer, row.answered_on, row.answered_by)
    return FiledTicket(
        row.ticket,
        row.insurer_number,
        DiscrepancyTicket(
            DiscrepancyKind(row.kind),
            row.name,
            row.birthdate,
            row.sex,
            row.address,
            row.insured_number,
            row.visited_on,
            row.institution,
            row.ratio_paid,
            row.on_check,
            row.should_be,
        ),
        row.received_on,
        Source(row.filed_by, FilingChannel(row.channel)),
        answer,
    )
