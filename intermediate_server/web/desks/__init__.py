"""Desks of the clerk beside the form: a household, open answers, discrepancies."""
