"""All SQL of OQS."""

import oqs_sim.store.operation.schema  # noqa: F401 # its tables belong to the same database
