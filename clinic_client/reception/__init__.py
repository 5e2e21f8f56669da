"""Receiving patients: the check, the decision, the visit, and who is checked again."""
