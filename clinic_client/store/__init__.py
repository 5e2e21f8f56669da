"""What the clinic keeps, and every statement about it."""

from clinic_client.store.ledger import Store, open_store

__all__ = ["Store", "open_store"]
