"""All SQL of OQS."""

import oqs_sim.store.jlis.schema  # noqa: F401 # its tables belong to the same database
