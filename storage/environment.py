"""What each service's migration environment does, in one place."""

from __future__ import annotations

from alembic import context


def run() -> None:
    """Run the migrations on the connection that the caller gave.

    Alembic calls the ``env.py`` of a folder of migrations; ours call this. A caller that writes a
    new migration gives the metadata to compare with as well.
    """
    attributes = context.config.attributes
    context.configure(
        connection=attributes["connection"],
        target_metadata=attributes.get("metadata"),
        render_as_batch=True,
        user_module_prefix="storage.",
    )
    with context.begin_transaction():
        context.run_migrations()
