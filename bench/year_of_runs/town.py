"""A town of insurers' members, in the resident register with their cards and registrations."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import create_engine

from bench.insurers import individual_number
from oqs_sim.store import schema
from storage import BulkInsert, bucket_of
from wire.vocabulary.jlis import Carrier, CertificatePurpose

CITY, UNION = "990010", "39990015"
TODAY = date(2026, 11, 16)
OLDEST = 90


@dataclass(frozen=True, slots=True)
class Townsman:
    """Somebody of the town."""

    place: int
    birthdate: date
    expires_on: date | None
    """The last day of the card's electronic certificate; None without a card."""
    registered: bool

    @property
    def reference(self) -> str:
        """The person's reference, such as lie all over the buckets."""
        return f"SIM-{self.place * 2654435761 % 2**64:016X}"

    @property
    def line(self) -> str:
        """The line of the file by which they join their insurer."""
        old = self.birthdate <= TODAY.replace(year=TODAY.year - 75)
        number, symbol, branch = (UNION, "", "") if old else (CITY, "最上", "01")
        # Not before the old cards' time, so that nobody still holds one.
        return (
            f"加入,{number},{individual_number(self.place)},20261116,{symbol},"
            f"{self.place + 10_000_000:08d},{branch},20261101,模擬　主,R{self.place}\r\n"
        )

    @property
    def insurer(self) -> str:
        """The number of their insurer."""
        return self.line.split(",")[1]


def town(count: int) -> list[Townsman]:
    """Return the members, always the same."""
    chance = random.Random(1)  # nothing secret
    found = []
    for place in range(count):
        born = TODAY - timedelta(days=chance.randrange(16, round(OLDEST * 365.25)))
        card = chance.random() < 0.8
        expires_on = TODAY + timedelta(days=chance.randrange(-90, 1735)) if card else None
        found.append(Townsman(place, born, expires_on, card and chance.random() < 0.7))
    return found


def settle(url: str, people: list[Townsman]) -> None:
    """Write the members into the resident register, with their cards and registrations."""
    engine = create_engine(url)
    tables = {
        table: list[list[object]]()
        for table in (
            schema.resident, schema.resident_by_number, schema.certificate,
            schema.card_certificate, schema.registration,
        )
    }  # fmt: skip
    since = datetime(2026, 1, 1, tzinfo=UTC)
    for one in people:
        key = bucket_of(one.reference), one.reference
        number = individual_number(one.place)
        name = one.place * 2654435761 % 20_011
        tables[schema.resident].append(
            [
                *key, number, f"試験　花子{name}", f"ｼｹﾝ ﾊﾅｺ{name}", "2", one.birthdate,
                "模擬県模擬市模擬町1-1", "990-0001", "99001",
            ]
        )  # fmt: skip
        tables[schema.resident_by_number].append([number, *key])
        if one.expires_on is not None:
            ends = one.expires_on
            certificate = [b"k" * 20, one.place + 1, *key, b"f" * 32, ends, None, None, None, True]
            tables[schema.certificate].append([*certificate, None, None])
            carried = ["", Carrier.CARD.value, CertificatePurpose.AUTHENTICATION.value]
            tables[schema.card_certificate].append([*key, b"k" * 20, one.place + 1, *carried])
        if one.registered:
            tables[schema.registration].append([*key, "portal", since])
    with engine.begin() as connection:
        for table, rows in tables.items():
            rows.sort(key=lambda row: row[:2])
            BulkInsert(table, engine).add(connection, rows)
    engine.dispose()
