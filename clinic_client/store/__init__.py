"""What the clinic keeps, and every statement about it."""

from clinic_client.store.visit_store import VisitStore, open_store

__all__ = ["VisitStore", "open_store"]
