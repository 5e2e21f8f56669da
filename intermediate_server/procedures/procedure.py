"""A procedure (届出): what an insurer reports of one person's membership."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

from eligibility.identifiers.names import kana_key
from intermediate_server.procedures.kinds import ProcedureKind

if TYPE_CHECKING:
    from datetime import date

    from eligibility.identifiers.numbers import IndividualNumber, InsurerNumber
    from eligibility.qualification import ReasonOfLoss
    from eligibility.registration.release_application import Applicant, ApplicationChannel
    from wire.vocabulary.codes import PersonalFamilyClassification, Sex

WITHOUT_NUMBER = "NEW-"
"""How the references begin of persons who have no 個人番号 yet."""


class Procedure(NamedTuple):
    """What is reported; a tuple, as a file has a million of them.

    What is None stays as it is recorded, or takes its default.

    Which members a kind needs, and which it may have, is said by `kinds.KINDS`.
    """

    kind: ProcedureKind
    insurer_number: InsurerNumber
    individual_number: IndividualNumber | None
    """None of a child that has none yet; then kana and birthdate say who it is (R-016)."""
    symbol: str
    number: str
    branch: str
    filed_on: date | None = None
    """届出日 (受理日); today when None."""
    qualified_on: date | None = None
    disqualified_on: date | None = None
    still_insured: bool = False
    """Whether a recorded loss is taken back (`correct` only)."""
    reason_of_loss: ReasonOfLoss | None = None
    classification: PersonalFamilyClassification | None = None
    ratio: str | None = None
    effective_on: date | None = None
    """適用日: from when a ratio, a limit or a name holds; of a death, the day of it."""
    valid_until: date | None = None
    """Until when a limit holds."""
    name: str | None = None
    name_kana: str | None = None
    sex: Sex | None = None
    birthdate: date | None = None
    address: str | None = None
    post_number: str | None = None
    householder: str | None = None
    limit: str | None = None
    """限度額適用区分 (OQSCD012); empty where it ends."""
    on: bool = True
    """Whether a mark is set; False where it is taken back."""
    last_four: str | None = None
    """The last four digits that the member reads on their card (R-190)."""
    corrects: int | None = None
    """The version that was wrong."""
    applicant: Applicant | None = None
    """Who applies for a release; the person when None."""
    applied_by: ApplicationChannel | None = None
    """How an application for a release came; at the window when None."""
    photo_papers: int = 0
    """身分証明書 with a photograph that were shown, or whose copies were enclosed (R-028)."""
    other_papers: int = 0
    """The same of those without a photograph."""
    new_symbol: str | None = None
    new_number: str | None = None
    new_branch: str | None = None
    """The 記号・番号・枝番 in place of those that are recorded (`renumber` only)."""
    inpatient_days: int | None = None
    """入院日数 of the last twelve months, of who applies for cheaper meals (R-155)."""
    certificate_needed: bool | None = None
    """資格確認書発行要否, as the employer ticked it in the 資格取得届 (P-064)."""
    proxy_name: str | None = None
    """Who the proxy is that applies for a release."""
    reason: str = ""
    reference: str = ""
    """整理番号: the insurer's own mark; it tells two equal procedures apart."""
    content_key: bytes = b""
    """Digest of what was filed, without the individual number."""

    @property
    def reference_key(self) -> bytes:
        """Digest of the 整理番号, which is the insurer's own; empty without one."""
        if not self.reference:
            return b""
        known = f"{self.insurer_number}\x1f{self.reference}"
        return blake2b(known.encode(), digest_size=16).digest()

    @property
    def household(self) -> tuple[str, str, str]:
        """保険者番号・記号・番号, which the members of a household have in common."""
        return (str(self.insurer_number), self.symbol, self.number)

    @property
    def asks_for_household(self) -> bool:
        """Whether it is about who is born, without the 郵便番号 of the address."""
        return self.kind is ProcedureKind.NEWBORN and bool(self.address) and not self.post_number

    @property
    def person_reference(self) -> str | None:
        """How a person without a 個人番号 is called; None of others, whom OQS knows.

        The same child has the same name in every procedure of its insurer.
        """
        if self.individual_number is not None:
            return None
        assert self.birthdate is not None
        assert self.name_kana is not None
        return self.reference_without_number(self.name_kana, self.birthdate)

    def reference_without_number(self, kana: str, birthdate: date) -> str:
        """Return how a child of this kana and birthdate is called that has no 個人番号 yet.

        Blanks and width of the kana make no difference.
        """
        known = "\x1f".join(
            (str(self.insurer_number), kana_key(kana), birthdate.isoformat(), self.number)
        )
        return f"{WITHOUT_NUMBER}{blake2b(known.encode(), digest_size=8).hexdigest().upper()}"
