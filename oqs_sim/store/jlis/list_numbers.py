"""Numbers of revocation lists, which rise with each list of an authority."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import case

from oqs_sim.store.database_time import MICROSECONDS
from oqs_sim.store.jlis.schema import revocation_list_number
from storage import database_time, insert_into

if TYPE_CHECKING:
    from sqlalchemy import Connection, Dialect
    from sqlalchemy.sql.dml import ReturningInsert


def _take(dialect: Dialect) -> ReturningInsert[int]:
    """Take the next number of an authority, or the one at hand where that is larger."""
    new = insert_into(revocation_list_number, dialect)
    following = revocation_list_number.c.number + 1
    larger = case((new.excluded.number > following, new.excluded.number), else_=following)
    taken = new.on_conflict_do_update(index_elements=["authority_key"], set_={"number": larger})
    return taken.returning(revocation_list_number.c.number)


def take_number(connection: Connection, authority_key: bytes) -> int:
    """Return the number of an authority's next list; nobody takes another until this commits.

    It is the time of the database in microseconds, so that it rises also where the table was put
    back, or more, where that time does not go on.
    """
    now = int(database_time(connection).timestamp() * MICROSECONDS)
    new = {"authority_key": authority_key, "number": now}
    return connection.execute(_take(connection.dialect), new).scalar_one()
