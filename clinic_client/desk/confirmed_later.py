"""A visit that was confirmed afterwards: as what, when, and what it means for the charge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from clinic_client.visits.claims import claim_line
from clinic_client.web.dates import short_day, time_of_day
from eligibility.days.dates import TOKYO
from eligibility.reception.decision import RatioSource
from eligibility.reception.options import FallbackOptionId

if TYPE_CHECKING:
    from clinic_client.visits.claims import VisitStanding
    from clinic_client.visits.visit import Visit
    from clinic_client.web.texts import Phrasebook


@dataclass(frozen=True)
class Settled:
    """What became of a visit that had no valid answer."""

    visit_id: str
    """The later visit by which it is confirmed."""
    sentence: str
    """When, and by which way."""
    insurer: str
    charge: str
    """How what was charged is to the share that is confirmed."""
    claim: str


def settled_of(t: Phrasebook, standing: VisitStanding | None) -> Settled | None:
    """Prepare it; None of a visit that is not confirmed, or was so from the beginning."""
    if standing is None or standing.confirmed_by is None:
        return None
    confirmed = standing.confirmed_by
    local = confirmed.at.astimezone(TOKYO)
    when = f"{short_day(local.date(), t.language)} {time_of_day(local)}"
    channel = t(f"answer.channel_{confirmed.channel}")
    line = claim_line(standing)
    return Settled(
        confirmed.visit_id,
        t("settled.sentence", when=when, channel=channel),
        t("answer.and").join(one.insurer_name for one in confirmed.coverages),
        _charge(t, standing, confirmed),
        t("settled.claim", mode=t(f"answer.claim_{line.mode}", number=line.insurer_number)),
    )


def _charge(t: Phrasebook, standing: VisitStanding, confirmed: Visit) -> str:
    """Say how what was charged is to what is confirmed, where nothing is to be settled."""
    then = standing.visit.decision
    if standing.visit.settled:
        return t("settled.charge_settled")
    if then.accepted is FallbackOptionId.SELF_PAY:
        return t("settled.charge_whole")
    if RatioSource.TICKET in {then.ratio_source, confirmed.decision.ratio_source}:
        return t("settled.charge_stays")
    if then.ratio is None:
        return t("settled.charge_unknown", now=t.ratio(standing.ratio))
    if standing.ratio_told is None:
        return t("settled.charge_untold", then=t.ratio(then.ratio))
    return t("settled.charge_same", now=t.ratio(then.ratio))
