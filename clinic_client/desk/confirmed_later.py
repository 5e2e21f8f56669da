"""A visit that was confirmed afterwards: as what, when, and what it means for the charge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from clinic_client.visits.claims import claim_line
from clinic_client.web.dates import short_day, time_of_day
from eligibility.days.dates import TOKYO
from eligibility.reception.decision import RatioSource

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
    """Compare the share that the desk told then with the one that is confirmed now.

    What is to be settled is said by itself.
    """
    then, now = standing.visit.decision, confirmed.decision.ratio
    by_ticket = RatioSource.TICKET in {then.ratio_source, confirmed.decision.ratio_source}
    if now is None or by_ticket or standing.contradictions:
        return ""
    share = t.ratio(now)
    if then.ratio is None:
        return t("settled.charge_unknown", now=share)
    if then.ratio == now:
        return t("settled.charge_same", now=share)
    return t("settled.charge_settled", then=t.ratio(then.ratio), now=share)
