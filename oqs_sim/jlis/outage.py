"""J-LIS is out (停止): a window in business time, which all processes of the deployment share.

What OQS knows already goes on: a check by card of somebody registered, whose certificate is the one
it knows. What only J-LIS can say does not: a registration, whose a new certificate is, and who has
a 個人番号.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eligibility.days.dates import TOKYO
from eligibility.days.eras import era_date
from oqs_sim.store.jlis import outage_window
from storage import reading
from wire.catalogue import Catalogue, Problem

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Engine

    from oqs_sim.store.jlis.outage_window import OutageWindow


def is_out(window: OutageWindow | None, at: datetime) -> bool:
    """Tell whether J-LIS is out at the instant; at the end of a window it is back."""
    return (
        window is not None
        and window.begins_at <= at
        and (window.ends_at is None or at < window.ends_at)
    )


def outage_refusal(
    window: OutageWindow | None,
    at: datetime,
    otherwise: Catalogue = Catalogue.JLIS_OUT,
    meanwhile: str = "",
) -> Problem | None:
    """Return the problem of what needs J-LIS while it is out, with the end where that is known.

    ``meanwhile`` tells the person in Japanese what has not been done.
    """
    if window is None or not is_out(window, at):
        return None
    japanese = otherwise.kind.japanese + meanwhile
    if window.ends_at is None:
        return Problem(
            otherwise, "J-LIS is out, and nobody has said until when.", japanese=japanese
        )
    back = window.ends_at.astimezone(TOKYO)
    return Problem(
        otherwise,
        f"J-LIS is out until {back.isoformat()}.",
        japanese=f"{japanese}再開の予定は{era_date(back.date())}{back.hour}時{back.minute:02d}分です。",
    )


@dataclass(frozen=True)
class JlisOutage:
    """The switch (J-LIS 停止), as it lies in the database."""

    engine: Engine

    def window(self) -> OutageWindow | None:
        """Return the window that is set, past, present or to come."""
        with reading(self.engine) as connection:
            return outage_window.find_window(connection)

    def set(self, window: OutageWindow) -> None:
        """Have J-LIS be out, in the place of an earlier window.

        Raises:
            Problem: INVALID_REQUEST for a window that ends before it begins.
        """
        if window.ends_at is not None and window.ends_at <= window.begins_at:
            raise Problem(
                Catalogue.INVALID_REQUEST,
                f"The window ends on {window.ends_at.isoformat()}, and begins on "
                f"{window.begins_at.isoformat()}.",
                japanese="終了の日時が開始より前です。日時を確かめてください。",
            )
        with self.engine.begin() as connection:
            outage_window.set_window(connection, window)

    def lift(self) -> None:
        """Have J-LIS be back, now and later."""
        with self.engine.begin() as connection:
            outage_window.lift_window(connection)

    def require_up(
        self, now: datetime, otherwise: Catalogue = Catalogue.JLIS_OUT, meanwhile: str = ""
    ) -> None:
        """Refuse what needs J-LIS while it is out.

        Raises:
            Problem: ``otherwise``, as `outage_refusal` says it.
        """
        refusal = outage_refusal(self.window(), now, otherwise, meanwhile)
        if refusal is not None:
            raise refusal
