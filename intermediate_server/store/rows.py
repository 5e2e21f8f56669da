"""A change as a row of the ledger, and back.

Files of a million lines go this way, so a row is written and read by position, and what repeats
from row to row (a lag, an enumeration's member) is not made anew.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from eligibility.days.reflection import LagMode, ReflectionPolicy
from eligibility.qualification import Qualification, ReasonOfLoss
from intermediate_server.procedures.change import Change, FilingChannel, LimitGrant, Source
from intermediate_server.procedures.kinds import NO_MARKS, Marks, ProcedureKind, Timing
from intermediate_server.procedures.person import PersonDetails
from intermediate_server.procedures.timing import Filing
from intermediate_server.store.schema import change
from storage import bucket_of
from wire.vocabulary.changes import RegistrationOrder
from wire.vocabulary.codes import PersonalFamilyClassification, Sex

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, time

_WRITTEN: dict[str, str] = {
    member: member.value
    for members in (
        ProcedureKind,
        PersonalFamilyClassification,
        Sex,
        LagMode,
        Timing,
        FilingChannel,
    )
    for member in members
}
"""What stands in a column for a member: a plain text, which drivers take without a second look."""
_FLAGS = {False: "0", True: "1"}
COLUMNS = tuple(column.name for column in change.c)
"""The columns of the ledger, in the order of a row."""


def row_of(entry: Change, recorded_at: datetime) -> dict[str, Any]:
    """Return the columns of ``change`` by name."""
    return dict(zip(COLUMNS, values_of(entry, recorded_at), strict=True))


def values_of(entry: Change, recorded_at: datetime) -> list[Any]:
    """Return the columns of ``change`` in their order."""
    person, membership, lag = entry.person, entry.qualification, entry.filing.lag
    filing, marks, limit = entry.filing, entry.marks, entry.limit
    reason = membership.reason_of_loss
    return [
        bucket_of(person.reference),
        person.reference,
        entry.version,
        _WRITTEN[entry.kind],
        membership.insurer_number,
        entry.insurer_name,
        membership.symbol,
        membership.number,
        membership.branch,
        _WRITTEN[entry.classification],
        person.name,
        person.name_kana,
        _WRITTEN[person.sex],
        person.birthdate,
        person.address,
        person.post_number,
        membership.qualified_on,
        membership.disqualified_on,
        reason.value if reason else None,
        entry.ratio,
        filing.filed_on,
        filing.filed_at,
        _WRITTEN[lag.mode],
        lag.lag_days,
        lag.cutoff,
        lag.insurer_days,
        lag.visible_days,
        entry.visible_from,
        recorded_at,
        _WRITTEN[filing.timing],
        filing.shown_on,
        _FLAGS[marks.view_stopped],
        _FLAGS[marks.self_information_blocked],
        _FLAGS[marks.undisclosed],
        _FLAGS[marks.special_medical_expense],
        _FLAGS[marks.consideration],
        _FLAGS[marks.card_lost],
        limit.flag if limit else None,
        limit.valid_from if limit else None,
        limit.valid_until if limit else None,
        entry.householder,
        entry.order.value if entry.order else None,
        entry.source.filed_by,
        _WRITTEN[entry.source.channel],
        entry.reason,
        entry.refers_to,
        entry.content_key or None,
    ]


_KINDS = {kind.value: kind for kind in ProcedureKind}
_SEXES = {sex.value: sex for sex in Sex}
_CLASSIFICATIONS = {one.value: one for one in PersonalFamilyClassification}
_REASONS = {reason.value: reason for reason in ReasonOfLoss} | {None: None}
_ORDERS = {order.value: order for order in RegistrationOrder} | {None: None}


def change_of(row: Sequence[Any]) -> Change:
    """Return the change that a row holds which begins with the columns of ``change``."""
    (
        _, reference, version, kind, insurer_number, insurer_name, symbol, number, branch,
        classification, name, name_kana, sex, birthdate, address, post_number, qualified_on,
        disqualified_on, reason_of_loss, ratio, filed_on, filed_at, lag_mode, lag_days, lag_cutoff,
        lag_insurer_days, lag_visible_days, visible_from, _, timing, shown_on, view_stopped,
        self_information_blocked, undisclosed, special_medical_expense, consideration, card_lost,
        limit_flag, limit_from, limit_until, householder, order, filed_by, channel, reason,
        refers_to, content_key,
    ) = row[: len(COLUMNS)]  # fmt: skip
    flags = (
        view_stopped
        + self_information_blocked
        + undisclosed
        + special_medical_expense
        + consideration
        + card_lost
    )
    return Change(
        version,
        _KINDS[kind],
        PersonDetails(reference, name, name_kana, _SEXES[sex], birthdate, address, post_number),
        insurer_name,
        Qualification(
            insurer_number,
            symbol,
            number,
            branch,
            qualified_on,
            disqualified_on,
            _REASONS[reason_of_loss],
        ),
        _CLASSIFICATIONS[classification],
        ratio,
        Filing(
            filed_on,
            filed_at,
            _lag(lag_mode, lag_days, lag_cutoff, lag_insurer_days, lag_visible_days),
            Timing(timing),
            shown_on,
        ),
        visible_from,
        _marks(flags),
        LimitGrant(limit_flag, limit_from, limit_until) if limit_flag else None,
        householder,
        _ORDERS[order],
        _source(filed_by, channel),
        reason,
        refers_to,
        content_key or b"",
    )


@lru_cache(maxsize=64)
def _marks(flags: str) -> Marks:
    """Return the marks of the six flags, in the order of the columns."""
    return Marks(*(one == "1" for one in flags)) if "1" in flags else NO_MARKS


@lru_cache(maxsize=256)
def _lag(
    mode: str, lag_days: int, cutoff: time | None, insurer_days: int, visible_days: int
) -> ReflectionPolicy:
    return ReflectionPolicy(LagMode(mode), lag_days, cutoff, insurer_days, visible_days)


@lru_cache(maxsize=256)
def _source(filed_by: str, channel: str) -> Source:
    return Source(filed_by, FilingChannel(channel))
