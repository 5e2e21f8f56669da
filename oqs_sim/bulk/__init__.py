"""Inquiries in bulk, in four steps, and 照会番号 (oqs-interface §3.3, §3.4)."""
