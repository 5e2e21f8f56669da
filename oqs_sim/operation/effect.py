"""What an operator can have happen to a request, and how that is written.

An effect is written as ``kind:name=value,name=value``: ``delay:ms=3000``,
``delay:median=4000,sigma=0.5`` (log-normal, in milliseconds), ``dribble:bytes=200`` (a second),
``status:code=SIM-STORAGE-UNAVAILABLE``, ``status:status=502``, ``cut:when=before`` (``middle``,
``after``), ``never``, ``feed_stopped`` (no change is taken in), ``stale:days=3`` (what insurers
reported is told as it was known so many days ago), and ``in_progress:fetches=3`` or
``in_progress:seconds=20`` (each result in bulk is 処理中 so often, or for so long from its first
fetch on).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from wire.catalogue import Catalogue
from wire.messages.field_reason import Unfit

if TYPE_CHECKING:
    from random import Random

LONGEST_MILLISECONDS = 600_000
"""Ten minutes: no client waits for longer, and no test."""
MOST_DAYS_STALE = 366
"""A year, and no insurer's lag is longer."""
FEED = "/intermediate/changes*"
"""The paths by which changes come in."""

CHECKS = "/*qualification/*[!st]"
"""The paths of checks (card, number, person, the web API's search): not of challenges and
registrations, which tell nothing of a qualification, nor of results in bulk, which were found out
before."""
BULK_RESULTS = "/bulk/*/result"
"""The paths by which results in bulk are fetched."""
HELD = "oqs_sim.held"
"""Under which name a request's scope has the `Hold` of the results that it asks for."""


class EffectWrong(Unfit):
    """A text is no effect; `text` says what would be one."""


class Cut(StrEnum):
    """Where the connection is closed."""

    BEFORE = "before"
    """OQS never sees the request."""
    MIDDLE = "middle"
    """Half of the answer's body is sent; the request was carried out, and is logged."""
    AFTER = "after"
    """Nothing of the answer is sent; the request was carried out, and is logged."""


@dataclass(frozen=True)
class Hold:
    """For how long each result in bulk is 処理中, although it is done."""

    fetches: int = 0
    """How often, when it is asked for."""
    seconds: float = 0.0
    """From when it was first asked for."""


@dataclass(frozen=True)
class Strike:
    """What happens to one request."""

    written: str
    """By what it is struck, for the journal."""
    seconds: float = 0.0
    """How much later it is answered."""
    never: bool = False
    """It waits until the caller goes away."""
    bytes_per_second: float | None = None
    """How slowly the answer's body is sent."""
    cut: Cut | None = None
    problem: Catalogue | None = None
    """It is answered with this problem, and not carried out."""
    status: int | None = None
    """In place of the problem's own."""
    hold: Hold | None = None
    stale_days: int | None = None
    """As of how many days ago it is answered."""

    def and_also(self, other: Strike) -> Strike:
        """Join two: delays add up; of the rest what comes first holds."""
        return Strike(
            f"{self.written} {other.written}".strip(),
            self.seconds + other.seconds,
            self.never or other.never,
            self.bytes_per_second or other.bytes_per_second,
            self.cut or other.cut,
            self.problem or other.problem,
            self.status if self.problem else other.status,
            self.hold or other.hold,
            self.stale_days or other.stale_days,
        )


NOTHING = Strike("")


@dataclass(frozen=True)
class Effect:
    """An effect as it was written; it makes the strike of a request."""

    kind: str
    values: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        """Write it as it is read."""
        said = ",".join(f"{name}={value}" for name, value in self.values)
        return f"{self.kind}:{said}" if said else self.kind

    @classmethod
    def parse(cls, text: str) -> Effect:
        """Read an effect.

        Raises:
            EffectWrong: it is none.
        """
        kind, _, rest = text.strip().partition(":")
        pairs = [part.partition("=") for part in rest.split(",")] if rest else []
        if any(not equals for _, equals, _ in pairs):
            raise EffectWrong(
                f"「{text}」：設定は「名前=値」の形で書いてください。",
                f"{text!r}: write each setting as name=value.",
            )
        values = tuple((name.strip(), value.strip()) for name, _, value in pairs)
        effect = cls(kind, values)
        names = {name for name, _ in values}
        forms = FORMS.get(kind)
        if forms is None:
            raise EffectWrong(
                f"「{kind}」という効果はありません。あるのは {', '.join(FORMS)} です。",
                f"{kind!r} is no effect; there are {', '.join(FORMS)}.",
            )
        if len(names) < len(values) or names not in forms:
            written = (" と ".join(sorted(form)) or "設定なし" for form in forms)
            asked = " or ".join(" and ".join(sorted(form)) or "nothing" for form in forms)
            raise EffectWrong(
                f"{kind} は {' か '.join(written)} で書いてください。",
                f"{kind} is told by {asked}.",
            )
        effect.strike_by(_Middle())  # says what is wrong with a value
        return effect

    def strike_by(self, chance: Random | _Middle) -> Strike:
        """Return what it does to a request."""
        said = dict(self.values)
        written = str(self)
        match self.kind:
            case "delay":
                return Strike(written, _delay(said, chance) / 1_000)
            case "dribble":
                return Strike(written, bytes_per_second=_number(said, "bytes", 1, 1_000_000))
            case "cut":
                return Strike(written, cut=_cut(said["when"]))
            case "never":
                return Strike(written, never=True)
            case "feed_stopped":
                return Strike(written, problem=Catalogue.FEED_STOPPED)
            case "stale":
                return Strike(written, stale_days=_whole(said, "days", 1, MOST_DAYS_STALE))
            case "in_progress":
                return Strike(written, hold=_hold(said))
            case _:
                return _status(written, said)


FORMS: dict[str, tuple[set[str], ...]] = {
    "delay": ({"ms"}, {"median", "sigma"}),
    "dribble": ({"bytes"},),
    "status": ({"code"}, {"status"}),
    "cut": ({"when"},),
    "never": (set(),),
    "feed_stopped": (set(),),
    "stale": ({"days"},),
    "in_progress": ({"fetches"}, {"seconds"}),
}
"""What each kind of effect is told by."""


class _Middle:
    """No chance at all, to try an effect with."""

    def lognormvariate(self, mu: float, _: float) -> float:
        return math.exp(mu)


def _number(said: dict[str, str], name: str, least: float, most: float) -> float:
    try:
        value = float(said[name])
    except ValueError:
        value = math.nan
    if not least <= value <= most:
        raise EffectWrong(
            f"{name}={said[name]}：{least:g} から {most:g} までの数にしてください。",
            f"{name}={said[name]}: say a number from {least:g} to {most:g}.",
        )
    return value


def _whole(said: dict[str, str], name: str, least: int, most: int) -> int:
    value = _number(said, name, least, most)
    if not value.is_integer():
        raise EffectWrong(
            f"{name}={said[name]}：整数にしてください。",
            f"{name}={said[name]}: say a whole number.",
        )
    return int(value)


def _delay(said: dict[str, str], chance: Random | _Middle) -> float:
    """Return the milliseconds of a delay: fixed, or log-normal about a median."""
    if "ms" in said:
        return _number(said, "ms", 0, LONGEST_MILLISECONDS)
    median = _number(said, "median", 1, LONGEST_MILLISECONDS)
    drawn = chance.lognormvariate(math.log(median), _number(said, "sigma", 0, 3))
    return min(drawn, LONGEST_MILLISECONDS)


def _hold(said: dict[str, str]) -> Hold:
    if "fetches" in said:
        return Hold(fetches=_whole(said, "fetches", 1, 1_000_000))
    return Hold(seconds=_number(said, "seconds", 0, 1_000_000))


def _cut(when: str) -> Cut:
    try:
        return Cut(when)
    except ValueError:
        raise EffectWrong(
            f"when={when}：{', '.join(Cut)} のどれかにしてください。",
            f"when={when}: say {', '.join(Cut)}.",
        ) from None


def _status(written: str, said: dict[str, str]) -> Strike:
    if "status" in said:
        status = _whole(said, "status", 400, 599)
        return Strike(written, problem=Catalogue.FAULT_INJECTED, status=status)
    for entry in Catalogue:
        if entry.kind.code == said["code"]:
            return Strike(written, problem=entry)
    raise EffectWrong(
        f"code={said['code']}：このコードの問題は一覧にありません。",
        f"code={said['code']} is no problem of the catalogue.",
    )
