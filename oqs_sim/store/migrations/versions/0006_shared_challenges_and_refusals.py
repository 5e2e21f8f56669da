"""Challenges that all processes know, and refusals in the log of inquiries."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # What is in it was issued under a secret that ended with its process.
    op.drop_table("used_challenge")
    op.create_table(
        "used_challenge",
        sa.Column("nonce", sa.LargeBinary(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("nonce"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "challenge_key",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "challenge_horizon",
        sa.Column("name", sa.String(length=8), nullable=False),
        sa.Column("reached", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    with op.batch_alter_table(
        "inquiry_log", schema=None, table_kwargs={"sqlite_with_rowid": False}
    ) as batch_op:
        batch_op.alter_column("validity", existing_type=sa.String(length=1), nullable=True)
        batch_op.add_column(
            sa.Column("purpose", sa.String(length=16), server_default="check", nullable=False)
        )
        batch_op.add_column(sa.Column("refusal", sa.String(length=40), nullable=True))
