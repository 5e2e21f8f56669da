"""How far the system's clock is from the machine's, and whether the desk shows the same."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from eligibility.days.dates import TOKYO, weekday
from eligibility.sentence import Sentence
from testbed.diagnosing.finding import Finding, Probe, bad, good, not_looked_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from testbed.diagnosing.heard import Heard

_APART_SECONDS = 3.0
"""How far two readings of one clock may lie apart, as they are not taken at the same moment."""
_WRONG_SECONDS = 60.0
"""How far the clock of OQS, where it shows the machine's, may lie from this machine's."""


def business_time(heard: Heard) -> datetime | None:
    """Return what the system's clock shows; None where nobody says."""
    said = heard.clock.said
    return None if said is None else datetime.fromisoformat(said["Now"])


def clocks(heard: Heard, machine: datetime) -> Sequence[Finding]:
    """Compare the system's clock with the machine's, and what the desk shows with both."""
    now = business_time(heard)
    if now is None or heard.clock.said is None:
        return [not_looked_at(Probe.CLOCK, Sentence("OQS が答えません", "OQS does not answer"))]
    mode, rate = heard.clock.said["Mode"], float(heard.clock.said["Rate"])
    apart = (now - machine).total_seconds()
    shows, distance, goes = _written(now), _long(apart), _MODES[mode]
    shown = Sentence(
        f"模擬の時計: {shows.ja}、{goes.ja}。この機械の時計{distance.ja}",
        f"Simulated clock: {shows.en}, {goes.en}; {distance.en} this machine's",
    )
    found = [good(Probe.CLOCK, shown)]
    if mode == "real" and abs(apart) > _WRONG_SECONDS:
        found = [
            bad(
                Probe.CLOCK,
                shown,
                Sentence(
                    "OQS の機械と時計が違います。この機械の日付と時刻を合わせてください。",
                    "It differs from the clock of OQS's machine. Set this machine's date and time.",
                ),
            )
        ]
    if heard.clinic.said is not None:
        desk = datetime.fromisoformat(heard.clinic.said["Clock"]["Now"])
        between = abs((desk - now).total_seconds())
        if between > _APART_SECONDS * max(1.0, rate):
            found.append(
                bad(
                    Probe.CLOCK,
                    Sentence(
                        f"受付の時計が OQS と違います: {_written(desk).ja}",
                        f"The desk shows another time than OQS: {_written(desk).en}",
                    ),
                    Sentence(
                        "受付が OQS に届いていません。OQS の行を見て、直ったら受付を開き直して"
                        "ください。",
                        "The desk does not hear of OQS. See the line of OQS; then open the desk "
                        "anew.",
                    ),
                )
            )
    return found


_MODES = {
    "real": Sentence("この機械の時計のとおり", "as the machine's clock goes"),
    "offset": Sentence("ふつうの速さ", "at the usual pace"),
    "accelerated": Sentence("早回し", "at a faster pace"),
    "frozen": Sentence("止めてあります", "standing still"),
}


_UNITS = ((86_400, "日", "days"), (3_600, "時間", "hours"), (60, "分", "minutes"))


def _written(instant: datetime) -> Sentence:
    local = instant.astimezone(TOKYO)
    day, name, time = local.date().isoformat(), weekday(local.date()), local.strftime("%H:%M")
    return Sentence(f"{day} ({name.ja}) {time}", f"{name.en} {day} {time}")


def _long(seconds: float) -> Sentence:
    """Say how far one clock is ahead of the other, or behind, roughly."""
    size = abs(seconds)
    if size < _WRONG_SECONDS:
        return Sentence("と1分も違いません", "within a minute of")
    unit, ja, en = next(one for one in _UNITS if size >= 2 * one[0] or one is _UNITS[-1])
    count = round(size / unit)
    return Sentence(
        f"より約{count}{ja}{'進んで' if seconds > 0 else '遅れて'}います",
        f"about {count} {en} {'ahead of' if seconds > 0 else 'behind'}",
    )
