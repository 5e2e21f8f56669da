"""What a deployment chooses about OQS."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date  # noqa: TC003 # who reads settings asks for the kinds of the fields

from eligibility.card.certificates import RENEWAL_REFLECTED_HOURS, RenewalOpens
from eligibility.terminal.consent import CLINICAL_FROM
from eligibility.terminal.medical_information import NOTICE_2024, DrugWindow
from oqs_sim.bulk.policy import BulkPolicy
from oqs_sim.welfare.assistance import WelfarePolicy
from wire.bounds import Bounds

_BOUNDS = Bounds(upload_bytes=64 << 20)
"""A batch is taken into memory, which a file is not."""


@dataclass(frozen=True)
class Settings:
    """Settings of the service."""

    database_url: str = "sqlite://"
    """SQLAlchemy URL; the default is gone with the service."""
    clock_followers: tuple[str, ...] = ()
    """Addresses of the sync workers, which an advance of the clock waits for."""
    clock_forerunners: tuple[str, ...] = ()
    """Addresses of those whom an advance of the clock waits for before the sync workers: the
    intermediate server, whose runs (定期処理) make changes for them to deliver."""
    clinic_urls: tuple[str, ...] = ()
    """Addresses of the consoles of clinics, whose visits go back to the seed with OQS."""
    simulation: bool = True
    """Whether ``/sim/`` (clock, J-LIS) is served and answers name the simulated person."""
    challenge_seconds: int = 120
    """How long a challenge may be signed. Assumed: the real bound is not public."""
    challenge_key_hours: float = 24.0
    """Hours of database time after which challenges are issued under a new secret."""
    token_seconds: int = 900
    """How long a token of the web API holds. Assumed: the real bound is not public."""
    journal_seconds: float = 3.0
    """How long a check may wait until it is written down; after that it is asked to come again."""
    renewal_hours: int = RENEWAL_REFLECTED_HOURS
    """Hours until checks go by a renewed certificate (P-007; the word of one municipality)."""
    medical_seed: str = "oqs-sim"
    """What medical information is made from: deployments with one seed have the same of it."""
    drug_window: DrugWindow = NOTICE_2024
    """From when to when a dispensing can be seen; public texts differ (P-040)."""
    clinical_consents_from: date = CLINICAL_FROM
    """From when consents to the six items of 電子カルテ情報共有 are taken [unverified]."""
    portal_session_seconds: int = 1_800
    """How long somebody stays signed in at the portal; a parameter of ours [unverified]."""
    portal_reader_page: str = ""
    """Address of a page that has the card in a reader sign in at the portal: the testbed's. Without
    one, pages name the command ``oqs portal sign-in`` alone."""
    institution_names: tuple[tuple[str, str], ...] = (("9910000018", "もぎ内科クリニック（模擬）"),)
    """Names by 医療機関コード, for what patients read at the portal; without one, they read the
    kind of the institution and its number."""
    institution_municipalities: tuple[tuple[str, str], ...] = (("9910000018", "99001"),)
    """In which municipality (市区町村コード) an institution lies, by 医療機関コード, for what is
    opened for municipalities. Its code does not tell; who is not named here lies in none."""
    eligibility_only_institutions: tuple[str, ...] = ()
    """医療機関コード of those who take part as 資格確認限定型 (P-022): whatever their readers say,
    a reading there is of that operation, and nothing medical is shown to them."""
    deliveries_at_once: int = 4
    """How many batches of changes are applied at the same time; a further one is asked to wait."""
    bulk: BulkPolicy = field(default_factory=BulkPolicy)
    """What is assumed of inquiries in bulk."""
    welfare: WelfarePolicy = field(default_factory=WelfarePolicy)
    """What is assumed of 医療扶助."""
    requests_kept: int = 1_000
    """How many of the last requests of the lines are kept to be looked at; 0 for none."""
    requests_with_content: bool = False
    """Whether they are kept with what was asked: numbers and birthdates of persons, that is."""
    report_days: int = 7
    """Days after the last use of 障害時モード until the report of it is due [unverified]."""
    cards_url: str | None = None
    """Where the cards themselves are that the municipality's counter writes (the testbed)."""
    card_rests_between_moves: bool = True
    """Whether a card rests between the planned day of moving out and the 転入届 (R-112). The
    leaflet's wording [interp]."""
    renewal_opens: RenewalOpens = RenewalOpens.THREE_MONTHS_BEFORE
    """From when certificates can be renewed; public pages differ (P-003)."""
    ordinary_card_days: int = 30
    """Days until a card can be handed over that is not ordered by 特急発行 [unverified]."""
    counter_keeps_hours: bool = False
    """Whether the municipality's counter refuses outside its hours: on open days (C-001), 8:30 to
    17:15. Each municipality has hours of its own [unverified]; without, it says that it is closed,
    and goes on."""
    bounds: Bounds = _BOUNDS
    """What each listener takes at most; batches of changes are its uploads."""
