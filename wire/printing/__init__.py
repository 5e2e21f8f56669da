"""Printing PDF that screen readers can read: what every service that prints something needs."""
