"""A suspension (一時停止) and a rest by a move (休止) become two things; each keeps what it was."""

import sqlalchemy as sa
from alembic import op

import storage

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("certificate", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("rests_from", storage.UtcDateTime(timezone=True), nullable=True)
        )
    part(op.get_bind())


def part(connection: sa.Connection) -> None:
    """Take what rests by a move out of ``suspended_at``.

    Of a lost card only the instant is on record at which its rest is for good; it rests from then,
    until the next procedure at the counter finds out anew.
    """
    for statement in (_FORGET_LOSSES, _REST, _LIFT, _NAME_CAUSES):
        connection.execute(sa.text(statement))


_FORGET_LOSSES = "DELETE FROM card_rest WHERE cause = 'lost' AND lapses_at IS NULL"
_REST = """
UPDATE certificate SET rests_from = (
    SELECT CASE r.cause WHEN 'lost' THEN r.lapses_at ELSE certificate.suspended_at END
    FROM card_rest AS r
    WHERE r.authority_key = certificate.authority_key AND r.serial = certificate.serial
)
WHERE EXISTS (
    SELECT 1 FROM card_rest AS r
    WHERE r.authority_key = certificate.authority_key AND r.serial = certificate.serial
)
"""
_LIFT = """
UPDATE certificate SET suspended_at = NULL
WHERE suspended_by IS NULL AND EXISTS (
    SELECT 1 FROM card_rest AS r
    WHERE r.authority_key = certificate.authority_key AND r.serial = certificate.serial
        AND r.cause <> 'lost'
)
"""
"""What J-LIS was told of a loss names the carrier; without one the move alone stopped it."""
_NAME_CAUSES = """
UPDATE card_rest SET cause = CASE (
    SELECT p.act FROM counter_procedure AS p JOIN certificate AS c
        ON c.bucket = p.bucket AND c.person_reference = p.person_reference
    WHERE c.authority_key = card_rest.authority_key AND c.serial = card_rest.serial
        AND p.act IN ('move_out', 'move_in', 'leave_country')
    ORDER BY p.number DESC LIMIT 1
) WHEN 'leave_country' THEN 'left_country' WHEN 'move_in' THEN 'not_continued' ELSE 'moved_out' END
WHERE cause = 'lost'
"""
