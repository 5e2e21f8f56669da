"""The form of the declaration: what is known is filled in, what is open is marked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from clinic_client.declaration.draft import may_declare, prefilled
from clinic_client.declaration.paper import INSURER_KINDS
from clinic_client.web.dates import long_day, typed_birthday
from wire.dates import read_day

if TYPE_CHECKING:
    from clinic_client.declaration.draft import DeclarationDraft, KeptDeclaration
    from clinic_client.settings import YearStyle
    from clinic_client.visits.visit import Visit
    from clinic_client.web.texts import Phrasebook


@dataclass(frozen=True)
class Choice:
    """What can be chosen in a field."""

    value: str
    label: str
    chosen: bool


@dataclass(frozen=True)
class DeclarationView:
    """The form of a visit."""

    visit_id: str
    called: str
    possible: bool
    """Whether a declaration is taken at this visit at all."""
    draft: DeclarationDraft | None
    """None once it has been deleted."""
    born: str
    """The date of birth, as it stands in its field."""
    open: tuple[str, ...]
    """What the visit does not know, by its field."""
    sexes: tuple[Choice, ...]
    kinds: tuple[Choice, ...]
    ratios: tuple[Choice, ...]
    kept: bool
    accepted: bool
    withdrawn: bool
    """Whether the visit is withdrawn: it can be deleted then, and not be written."""
    state: str
    """Whether it is kept, and until when; or that it has been deleted."""


def declaration_view(
    t: Phrasebook, visit: Visit, kept: KeptDeclaration | None, years: YearStyle
) -> DeclarationView:
    """Prepare the form."""
    draft = kept.draft if kept else prefilled(visit)
    day = long_day(kept.kept_until, t.language, years) if kept else ""
    if kept is None:
        state = t("declaration.not_kept")
    else:
        state = t("declaration.kept" if draft else "declaration.deleted", day=day)
    kind = draft.insurer_kind.value if draft and draft.insurer_kind else ""
    ratio = str(draft.ratio) if draft and draft.ratio else ""
    return DeclarationView(
        visit_id=visit.visit_id,
        called=visit.called or t("side.nameless"),
        possible=may_declare(visit),
        draft=draft,
        born=typed_birthday(read_day(draft.birthdate), t.language)
        if draft and draft.birthdate
        else "",
        open=draft.open if draft else (),
        sexes=tuple(
            Choice(code, t(f"answer.sex_{code}"), draft is not None and draft.sex == code)
            for code in ("1", "2", "3")
        ),
        kinds=(
            Choice("", t("declaration.unknown"), not kind),
            *(Choice(one, name, one == kind) for one, name in INSURER_KINDS.items()),
        ),
        ratios=(
            Choice("", t("declaration.unknown"), not ratio),
            *(Choice(one, t("answer.ratio", tenths=one), one == ratio) for one in "123"),
        ),
        kept=bool(kept and draft),
        accepted=visit.decision.accepted is not None,
        withdrawn=visit.withdrawal is not None,
        state=state,
    )


def declaration_link(t: Phrasebook, visit: Visit, kept: KeptDeclaration | None) -> str | None:
    """Return what leads from a visit to its declaration; None where none is taken."""
    if kept is not None:
        return t("declaration.open" if kept.draft else "declaration.open_deleted")
    return t("declaration.write") if may_declare(visit) else None
