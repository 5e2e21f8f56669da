"""Periodic runs (定期処理): what an insurer's system does through the year; no I/O here."""
