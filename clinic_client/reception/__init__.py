"""Receiving patients: the case of a visit, the check, the decision, and the desk that is open."""
