"""What a deployment chooses about the clinic."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path  # noqa: TC003 # who reads settings asks for the kinds of the fields

from clinic_client.passcode import HashedPasscode  # noqa: TC001 # as above
from eligibility.reception.declaration import DECLARATION_KEPT_MONTHS
from eligibility.terminal.clinic_variant import ClinicVariant
from eligibility.terminal.medical_information import Profession
from wire.bounds import ORDINARY, Bounds
from wire.messages.profile import Profile


class YearStyle(StrEnum):
    """How the pages write years."""

    WESTERN = "western"
    """西暦."""
    JAPANESE = "japanese"
    """和暦 (令和)."""


@dataclass(frozen=True)
class Settings:
    """Settings of the service."""

    oqs_line_url: str
    """Where OQS answers terminals (mutual TLS)."""
    oqs_console_url: str
    """Where OQS shows the clock."""
    line_directory: Path
    """The folder of the line's certificates."""
    participant: str = "terminal-9910000018"
    """Whose certificate of that folder this terminal uses."""
    institution_code: str = "9910000018"
    """医療機関コード (N-004); it must be the one of the certificate."""
    institution_name: str = "もぎ内科クリニック（模擬）"
    institution_address: str = "模擬県模擬市中央1-2-3"
    """Where it is, as insurers are told with a discrepancy (相違の申し出)."""
    variant: ClinicVariant = ClinicVariant.FACE_READER
    """How the clinic is equipped: ``face_reader``, ``phone_reader``, ``general_reader``
    (資格確認限定型) or ``no_reader``."""
    app_text_date_label: str = "確認日"
    """What the text that the app of 資格確認限定型 copies (§3.8) calls the day of the check; one
    program that reads it knows 「確認日 : 」 only [unverified]."""
    database_url: str = "sqlite://"
    """SQLAlchemy URL; the default is gone with the service."""
    reader_part: str | None = None
    """A part of the card reader's name that only one reader has; None takes the only reader.
    It may name a virtual slot or a real USB reader."""
    visual_passcode: HashedPasscode | None = None
    """目視確認用パスコード: what staff type at the reader to identify somebody by eye, from April
    2025 on (P-019). None asks for none: what is pressed at the desk is enough.
    How many wrong ones a real reader takes is not known, so any number may be tried [unverified].
    """
    intermediate_console_url: str | None = None
    """Where the intermediate server shows what is on its way; None switches that view off,
    as no real clinic has it."""
    diagnosis_url: str | None = None
    """The page that says why the reception does not work, to which the desk's banners lead; None
    for nowhere, as no real clinic has it."""
    face_url: str | None = None
    """Where the simulated camera learns whether the face of who stands at the reader fits the card
    (the testbed); None takes every face for that of the photograph, while the switch is on."""
    intermediate_line_url: str | None = None
    """Where the intermediate server takes discrepancy tickets (相違の申し出) over the line; None
    offers none."""
    patient_idle_seconds: float = 90.0
    """After how long without a touch the patient's screen begins anew; where the holder has been
    identified, the check goes on without consent (P-036)."""
    forgotten_card_seconds: float = 15.0
    """How long a card may lie there after the check until the patient's screen calls."""
    asks_for_subsidies: bool = True
    """Whether the reader asks 「医療費助成の各種受給者証を利用しますか」 (PMH); municipalities and
    institutions join in steps."""
    clinical_records: bool = False
    """Whether the reader asks for the six items of 電子カルテ情報共有, one by one; which
    institutions take part is not publicly known [unverified]."""
    years: YearStyle = YearStyle.WESTERN
    line_timeout_seconds: float = 10.0
    """How long an answer of OQS may take before the line counts as down."""
    line_probe_seconds: float = 2.0
    """How often the line is tried while nobody uses it; and how long it may take to answer while it
    counts as down, before a visit goes on without it."""
    exchange_directory: Path | None = None
    """The root of the folder exchange (連携アプリケーション), with ``req``, ``res`` and ``face``;
    None switches it off."""
    exchange_kept_directory: Path | None = None
    """Where files for ``face`` are kept, over restarts too, while the folder does not take them: on
    a disk of this machine, readable by the service only. None keeps them in memory."""
    exchange_form: Profile = field(default_factory=Profile)
    """How the files of ``face`` are written, which the terminal makes; an answer comes as OQS has
    written it."""
    exchange_encrypted: tuple[str, ...] = ()
    """API-IDs, or how they begin, whose files go out in a zip with the password. Those of bulk
    results of consents and of 医療扶助 are never encrypted in the real system (§2.2)."""
    exchange_password: str = ""
    """Opens zips that come in, and those that go out; without it nothing is encrypted."""
    exchange_settle_seconds: float = 2.0
    """After how long without a change a file whose end is missing is judged as it is
    [unverified]."""
    exchange_patience_seconds: float = 30.0
    """How long a request waits while OQS cannot be reached [unverified]."""
    exchange_keep_hours: float = 24.0
    """After how many hours what nobody fetched is deleted from ``res`` and ``face``
    [unverified: a fixed time is known, its length is not]."""
    exchange_viewer: str = "terminal"
    """Who looks at medicines and checkups where a request of the folder does not say it, as those
    of programs do not: whoever is signed in at the terminal [unverified]. At most 20 characters."""
    exchange_viewer_profession: Profession = Profession.DOCTOR
    """Their profession: a pharmacist sees medicines alone (R-171)."""
    declaration_kept_months: int = DECLARATION_KEPT_MONTHS
    """How many months after the one of the visit a 被保険者資格申立書 is kept [unverified], unless
    the payment is confirmed before: the source names no day (P-084)."""
    bounds: Bounds = ORDINARY
    """What the listener takes at most."""
