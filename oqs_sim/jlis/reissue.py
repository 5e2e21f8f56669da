"""再交付と特急発行: a card that is applied for in place of another, or is needed at once.

Rules P-012 and R-117. The application is answered with the days; on one of them the card is
handed over at the window. An ordinary one comes after about a month.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from eligibility.card.lost_card import ReissueReason, express, express_apply_by, fetched_on
from eligibility.days.birthdays import age_on
from eligibility.days.dates import TOKYO
from eligibility.days.eras import era_date
from oqs_sim.jlis.card_order import CardOrder
from oqs_sim.jlis.card_register import locked
from oqs_sim.store import cards
from oqs_sim.store.jlis import reissue_orders
from oqs_sim.store.jlis.reissue_orders import ReissueOrder
from oqs_sim.store.portal.sessions import end_sessions_of
from storage import reading
from wire.catalogue import Catalogue, Problem
from wire.vocabulary.jlis import Carrier, StopReason

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy import Connection

    from eligibility.card.lost_card import Express
    from oqs_sim.jlis.card_order import IssuedCard
    from oqs_sim.jlis.issuance_desk import IssuanceDesk
    from oqs_sim.store.cards import CardCertificate, KnownCard
    from oqs_sim.store.residents import Resident

ORDINARY_DAYS = 30
"""After which an ordinary card comes: おおむね1か月, as municipalities say it [unverified]."""
ORDINARY_FEE_YEN = 1000
"""The fee of those who are themselves to blame (再交付手数料 800円, 電子証明書 200円)
[unverified]."""
_OF_A_CARD = {ReissueReason.LOST, ReissueReason.DAMAGED, ReissueReason.NOTES_FULL}
"""Reasons that only who has a card can have."""


@dataclass(frozen=True)
class Application:
    """An application at the municipal window."""

    individual_number: str
    reason: ReissueReason
    reason_on: date
    """The day on which the reason arose: day 1 of the thirty to apply in (P-012)."""
    express: bool
    own_fault: bool = False


@dataclass(frozen=True)
class ReissueDesk:
    """Takes applications, and hands cards over."""

    issuance: IssuanceDesk

    def apply(self, asked: Application, now: datetime) -> ReissueOrder:
        """Accept an application; return when the card comes and what it costs.

        A card that was lost is revoked for good with it; another works until the new one is handed
        over.

        Raises:
            Problem: UNKNOWN_PERSON, INVALID_REQUEST, EXPRESS_NOT_POSSIBLE.
        """
        person = self.issuance.register.match(asked.individual_number).resident
        today = now.astimezone(TOKYO).date()
        with locked(self.issuance.engine, person.person_reference) as connection:
            held = cards.certificates_of(connection, person.person_reference)
            _check(asked, person, held, today)
            days = _express_days(asked, today) if asked.express else None
            ordinary = fetched_on(today + timedelta(days=ORDINARY_DAYS))
            fee = ORDINARY_FEE_YEN if asked.own_fault else 0
            order = ReissueOrder(
                "".join(secrets.choice("0123456789") for _ in range(12)),
                person.person_reference,
                asked.reason,
                today,
                asked.express,
                days.soonest_on if days else ordinary,
                days.usually_on if days else ordinary,
                days.fee_yen if days else fee,
            )
            reissue_orders.add_order(connection, order)
            if asked.reason is ReissueReason.LOST:
                cards.revoke(connection, held, now, StopReason.LOST)
                end_sessions_of(connection, person.person_reference)
        return order

    def find(self, number: str) -> ReissueOrder:
        """Return an application.

        Raises:
            Problem: NOT_FOUND.
        """
        with reading(self.issuance.engine) as connection:
            found = reissue_orders.find_order(connection, number)
        if found is None:
            raise Problem(Catalogue.NOT_FOUND, f"No application has the number {number}.")
        return found

    def hand_over(self, number: str, carrier: Carrier, now: datetime) -> IssuedCard:
        """Issue the card of an application; it takes the place of the earlier one.

        Raises:
            Problem: NOT_FOUND, CARD_NOT_READY, or what issuing raises.
        """
        order = self.find(number)
        today = now.astimezone(TOKYO).date()
        _check_ready(order, today)
        if carrier is not Carrier.CARD and carrier is not Carrier.FACE_AUTHENTICATION_CARD:
            raise Problem(Catalogue.INVALID_REQUEST, "A card is handed over, and no other carrier.")
        person = self.issuance.register.known(order.person_reference).resident

        def note(connection: Connection, card: KnownCard) -> None:
            found = reissue_orders.find_order(connection, number)
            assert found is not None, "no application is taken out"
            _check_ready(found, today)
            reissue_orders.note_handed_over(connection, number, card.serial_number)

        return self.issuance.issue_card(
            CardOrder(person.individual_number, today, carrier, applied_on=order.applied_on),
            now,
            note,
        )


def _check_ready(order: ReissueOrder, today: date) -> None:
    """Refuse to hand over what was handed over, or has not come.

    Raises:
        Problem: CARD_NOT_READY.
    """
    if order.card is not None:
        raise Problem(
            Catalogue.CARD_NOT_READY,
            f"Card {order.card} was handed over on this application.",
            japanese="この申請のカードは、すでに渡されています。",
        )
    if today < order.soonest_on:
        soonest = order.soonest_on
        raise Problem(
            Catalogue.CARD_NOT_READY,
            f"It is there from {soonest.isoformat()} on at the soonest.",
            japanese=f"カードはまだ届いていません。早くて{era_date(soonest)}です。",
        )


def _check(asked: Application, person: Resident, held: list[CardCertificate], today: date) -> None:
    """Refuse a reason that this person cannot have.

    Raises:
        Problem: INVALID_REQUEST, with what is wrong.
    """
    if asked.reason_on > today or asked.reason_on < person.birthdate:
        raise _refused(
            f"The reason arose on {asked.reason_on.isoformat()}, after today or before birth.",
            "理由が生じた日を確かめてください。",
        )
    has_card = any(not Carrier(one.kind).is_phone for one in held)
    if asked.reason in _OF_A_CARD and not has_card:
        raise _refused(
            f"Who has no card has none that is {asked.reason}; order a first one.",
            "この人にはカードが交付されていません。新規の交付で申請してください。",
        )
    if asked.reason is ReissueReason.INFANT and age_on(person.birthdate, today) >= 1:
        raise _refused("The person is one year old or older.", "1歳未満ではありません。")


def _express_days(asked: Application, today: date) -> Express:
    """Return when an express card comes.

    Raises:
        Problem: EXPRESS_NOT_POSSIBLE.
    """
    found = express(asked.reason, asked.reason_on, today, own_fault=asked.own_fault)
    if found is not None:
        return found
    if not asked.reason.express:
        why, ja = "It is not for an ordinary expiry.", "有効期限による更新は特急発行の対象外です。"
    elif today > (last := express_apply_by(asked.reason_on)):
        why = f"The last day to apply was {last.isoformat()}, the 30th with that of the reason."
        ja = f"申請の期限（理由が生じた日を含めて30日、{era_date(last)}）を過ぎています。"
    else:
        why, ja = "It began on 2 December 2024.", "特急発行は令和6年12月2日に始まりました。"
    raise Problem(
        Catalogue.EXPRESS_NOT_POSSIBLE, why, japanese=f"{ja}通常の交付で申請してください。"
    )


def _refused(detail: str, japanese: str) -> Problem:
    return Problem(Catalogue.INVALID_REQUEST, detail, japanese=japanese)
