"""Alembic's entry into this folder."""

from storage.environment import run

run()
