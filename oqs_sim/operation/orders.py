"""What an operator says and is told."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

from pydantic import AwareDatetime, Field, StringConstraints, field_validator, model_validator
from pydantic.types import Strict

from oqs_sim.operation.delays import DelayProfile
from oqs_sim.operation.effect import BULK_RESULTS, CHECKS, FEED, Effect
from oqs_sim.operation.message_setting import MessageSetting  # pydantic reads it
from oqs_sim.operation.system_parts import PartName, PartOutcome
from oqs_sim.store.operation.requests import Sought
from oqs_sim.store.operation.windows import WindowKind
from wire.messages.field_reason import Unfit
from wire.vocabulary.codes import Instant, Institution
from wire.vocabulary.consoles.municipality import MUNICIPALITY_CODE
from wire.vocabulary.element import Element
from wire.vocabulary.texts import FIT, LARGEST, Line

if TYPE_CHECKING:
    from datetime import datetime
    from typing import Self

    from oqs_sim.operation.reset import SystemOutcome
    from oqs_sim.store.bulk.receptions import WaitingParts
    from oqs_sim.store.operation.requests import JournalledRequest
    from oqs_sim.store.operation.rules import SetDelay, SetFault
    from oqs_sim.store.operation.seed import TakenSeed
    from oqs_sim.store.operation.windows import Use, Window

PathPattern = Annotated[str, StringConstraints(max_length=80, pattern=r"^(/[!-~]*)?$")]
"""A path of the lines, with ``*`` for anything; empty for all."""
Prefecture = Annotated[str, StringConstraints(pattern=r"^[0-9]{2}$")]
"""The first two digits of an institution code."""
Number = Annotated[int, Field(ge=1, le=999_999_999)]
"""By what something that was set is known."""


class DelaySetting(Element):
    """How long requests are to take."""

    profile: DelayProfile
    path: PathPattern = ""
    medical_institution_code: Institution | None = None
    """Absent for all."""

    @classmethod
    def of(cls, delay: SetDelay) -> DelaySetting:
        """Write a delay that is set."""
        return cls(
            profile=DelayProfile(delay.profile),
            path=delay.path,
            medical_institution_code=delay.institution_code or None,
        )


_PATHS = {"feed_stopped": FEED, "stale": CHECKS, "in_progress": BULK_RESULTS}
"""Of what an effect is by its nature."""


class FaultOrder(Element):
    """What is to go wrong with requests of the lines."""

    effect: Annotated[str, StringConstraints(min_length=1, max_length=200), FIT]
    """``delay:ms=3000``, ``delay:median=4000,sigma=0.5``, ``dribble:bytes=200``,
    ``status:code=SIM-STORAGE-UNAVAILABLE``, ``status:status=502``, ``cut:when=before`` (``middle``,
    ``after``), ``never``, ``feed_stopped``, ``stale:days=3``, ``in_progress:fetches=3``,
    ``in_progress:seconds=20``."""
    path: PathPattern = ""
    medical_institution_code: Institution | None = None
    """Absent for all."""
    probability: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = 1.0
    seed: Annotated[int, Strict(), Field(ge=0, le=1 << 53)] = 0
    """The same seed strikes the same ones of the requests, counted from when it was set."""
    times: Annotated[int, Strict(), Field(ge=1, le=999_999_999)] | None = None
    """How often it strikes at most; absent: without end."""

    @field_validator("effect")
    @classmethod
    def _is_an_effect(cls, effect: str) -> str:
        return str(Effect.parse(effect))

    @property
    def pattern(self) -> str:
        """The paths that are meant; of some effects only one is meant where none is said."""
        return self.path or _PATHS.get(self.effect.partition(":")[0], "")


class FaultReport(Element):
    """What goes wrong, and how often it has."""

    number: int
    effect: str
    path: str
    medical_institution_code: str | None
    probability: float
    seed: int
    times: int | None
    seen: int
    """How many requests it might have struck."""
    struck: int
    is_over: bool
    """Whether it has struck as often as it may, and strikes no more."""

    @classmethod
    def of(cls, fault: SetFault) -> FaultReport:
        """Write a fault that is set."""
        return cls(
            number=fault.number,
            effect=fault.effect,
            path=fault.path,
            medical_institution_code=fault.institution_code or None,
            probability=fault.probability,
            seed=fault.seed,
            times=fault.most,
            seen=fault.seen,
            struck=fault.struck,
            is_over=fault.is_over,
        )


class WindowOrder(Element):
    """What is to be opened: for an institution, a prefecture, municipalities, or for all."""

    kind: WindowKind
    opens_at: Instant | None = None
    """Business time; at once, if absent."""
    closes_at: Instant | None = None
    """Until somebody closes it, if absent."""
    medical_institution_code: Institution | None = None
    prefecture: Prefecture | None = None
    municipalities: Annotated[tuple[Line, ...], Field(max_length=200)] = ()
    """市区町村コード, five digits that begin with 99: for the institutions in them, as the setting
    `institution_municipalities` tells where each lies."""
    opened_by: Annotated[Line, Field(min_length=1)] = "operator"
    reason: Line = ""

    @field_validator("municipalities")
    @classmethod
    def _each_is_a_code(cls, said: tuple[str, ...]) -> tuple[str, ...]:
        wrong = [one for one in said if not re.fullmatch(MUNICIPALITY_CODE, one)]
        if wrong:
            raise Unfit(
                f"「{wrong[0]}」：市区町村コードは、99で始まる5桁の数字です（例: 99001）。",
                f"{wrong[0]!r} is no municipality; a code has five digits, of which the first are "
                "99, like 99001",
            )
        return tuple(dict.fromkeys(said))

    @model_validator(mode="after")
    def _is_for_somebody(self) -> Self:
        one, region = self.medical_institution_code, self.prefecture or self.municipalities
        if (one, self.prefecture, self.municipalities or None).count(None) < 2:
            raise Unfit(
                "医療機関コード・都道府県・市区町村の、どれか一つだけを入れてください。",
                "give one of MedicalInstitutionCode, Prefecture and Municipalities, not more",
            )
        if self.kind is WindowKind.SYSTEM_FAILURE and one is None:
            raise Unfit(
                "障害時モードは、電話のあった医療機関のために開きます。医療機関コードを入れてください。",
                "system_failure is opened for the institution that has telephoned: "
                "give its MedicalInstitutionCode",
            )
        if self.kind is WindowKind.DISASTER and one is None and not region:
            raise Unfit(
                "災害時モードは地域のために開きます。"
                "市区町村か都道府県、または医療機関コードを入れてください。",
                "disaster is opened for a region: give Municipalities or Prefecture, "
                "or an institution",
            )
        if self.opens_at and self.closes_at and self.closes_at <= self.opens_at:
            raise Unfit(
                "終わりは始まりより後にしてください。", "ClosesAt has to come after OpensAt"
            )
        return self


class WindowView(Element):
    """What was opened."""

    number: int
    kind: WindowKind
    medical_institution_code: str | None
    prefecture: str | None
    municipalities: tuple[str, ...]
    opens_at: AwareDatetime
    closes_at: AwareDatetime | None
    opened_by: str
    reason: str
    is_open: bool

    @classmethod
    def of(cls, window: Window, now: datetime) -> WindowView:
        """Write a window as it is at an instant."""
        return cls(
            number=window.number,
            kind=window.kind,
            medical_institution_code=window.institution_code,
            prefecture=window.prefecture,
            municipalities=window.municipalities,
            opens_at=window.opens_at,
            closes_at=window.closes_at,
            opened_by=window.opened_by,
            reason=window.reason,
            is_open=window.is_open(now),
        )


class UseView(Element):
    """How an institution has used a mode, and what of the report of it."""

    window: int
    medical_institution_code: str
    uses: int
    first_at: AwareDatetime
    last_at: AwareDatetime
    reported_at: AwareDatetime | None
    report_due: AwareDatetime | None
    """Until when the report is due; absent where it has come."""

    @classmethod
    def of(cls, use: Use, report_days: int) -> UseView:
        """Write a use."""
        due = None if use.reported_at else use.last_at + timedelta(days=report_days)
        return cls(
            window=use.window,
            medical_institution_code=use.institution_code,
            uses=use.uses,
            first_at=use.first_at,
            last_at=use.last_at,
            reported_at=use.reported_at,
            report_due=due,
        )


class Reporting(Element):
    """Whose report of the uses of a mode has come."""

    medical_institution_code: Institution


class SeedView(Element):
    """When the seed was taken that a reset goes back to."""

    taken_at: AwareDatetime
    """Wall time."""
    business_at: AwareDatetime

    @classmethod
    def of(cls, seed: TakenSeed) -> SeedView:
        """Write a seed."""
        return cls(taken_at=seed.taken_at, business_at=seed.business_at)


class PartReport(Element):
    """What became of a part of the system."""

    part: PartName
    milliseconds: float | None = None
    """How long it took; absent where it has not done it."""
    code: str | None = None
    """Of the problem because of which it has not, or does not deliver again yet."""
    japanese: str | None = None
    """The same in a sentence, with what to do."""
    english: str | None = None

    @classmethod
    def of(cls, outcome: PartOutcome) -> PartReport:
        """Write what became of a part."""
        took, trouble = outcome.milliseconds, outcome.trouble
        return cls(
            part=outcome.part,
            milliseconds=None if took is None else round(took, 1),
            code=trouble.code if trouble else None,
            japanese=trouble.said.ja if trouble else None,
            english=trouble.said.en if trouble else None,
        )


class SystemReport(Element):
    """That the seed of the system was taken, or put back: part by part, OQS among them."""

    seed: SeedView
    milliseconds: float
    """For all of it."""
    parts: tuple[PartReport, ...]

    @classmethod
    def of(cls, outcome: SystemOutcome) -> SystemReport:
        """Write what became of all parts."""
        return cls(
            seed=SeedView.of(outcome.seed),
            milliseconds=round(outcome.milliseconds, 1),
            parts=tuple(map(PartReport.of, outcome.parts)),
        )


class BulkView(Element):
    """What was taken in bulk and is not done yet."""

    waiting: int
    """Parts, of up to some hundred units."""
    begun_again: int
    """Those of them whose first try came to nothing."""
    oldest_seconds: int
    """How long the oldest waits, in seconds of wall time."""

    @classmethod
    def of(cls, found: WaitingParts) -> BulkView:
        """Write what waits."""
        return cls(
            waiting=found.parts,
            begun_again=found.begun_again,
            oldest_seconds=int(found.oldest_seconds),
        )


class OperationView(Element):
    """All that is set."""

    now: AwareDatetime
    """Business time."""
    delays: tuple[DelaySetting, ...]
    faults: tuple[FaultReport, ...]
    messages: tuple[MessageSetting, ...]
    """How answers to terminals are written."""
    windows: tuple[WindowView, ...]
    uses: tuple[UseView, ...]
    bulk: BulkView
    seed: SeedView | None


class RequestView(Element):
    """A request of the lines, and how it was answered."""

    entry: int
    recorded_at: AwareDatetime
    request_id: str
    role: str
    medical_institution_code: str
    """Of a terminal; the name of another caller."""
    method: str
    path: str
    status: int | None
    """Absent where nothing was answered."""
    code: str | None
    qualification_validity: str | None
    milliseconds: float
    struck_by: str | None
    person_reference: str | None
    near_misses: tuple[str, ...]
    """In what an inquiry that found nobody differs from somebody who is there."""
    asked: str | None

    @classmethod
    def of(cls, one: JournalledRequest) -> RequestView:
        """Write a request."""
        return cls(
            entry=one.entry,
            recorded_at=one.recorded_at,
            request_id=one.request_id,
            role=one.role,
            medical_institution_code=one.institution_code,
            method=one.method,
            path=one.path,
            status=one.status,
            code=one.code,
            qualification_validity=one.validity,
            milliseconds=one.milliseconds,
            struck_by=one.struck_by,
            person_reference=one.person_reference,
            near_misses=tuple((one.near_misses or "").splitlines()),
            asked=one.asked,
        )


class RequestSearch(Element):
    """Which of the last requests are asked for; what is absent may be anything."""

    medical_institution_code: Institution | None = None
    path: Annotated[str, Field(max_length=120), FIT] | None = None
    """A part of it."""
    code: Annotated[str, Field(max_length=48), FIT] | None = None
    person_reference: Annotated[str, Field(max_length=20), FIT] | None = None
    request_id: Annotated[str, Field(max_length=64), FIT] | None = None
    """A part of it."""
    after: Annotated[int, Field(ge=0, le=LARGEST)] | None = None
    """Those that came after this entry."""
    before: Annotated[int, Field(ge=0, le=LARGEST)] | None = None
    """Those that came before this entry: of the last one of a page, the next page."""
    only_amiss: bool = False
    """Only what was refused, cut or struck."""
    at_most: Annotated[int, Field(ge=1, le=500)] = 50

    @property
    def sought(self) -> Sought:
        """What the journal is searched for."""
        return Sought(
            self.medical_institution_code,
            self.path,
            self.code,
            self.person_reference,
            self.request_id,
            self.after,
            self.before,
            self.only_amiss,
        )


class RequestList(Element):
    """The last requests that are as sought, the last first."""

    requests: tuple[RequestView, ...]


class Backlog(Element):
    """How much waits for its delivery to OQS, as the intermediate server says."""

    answers: bool
    """Whether it could be asked."""
    waiting: int | None = None
    due: int | None = None
    """Those that OQS should have by now."""
    paused: bool | None = None
    detail: str | None = None
