"""All SQL of OQS; the tables of every part are known as soon as one module is loaded."""

import oqs_sim.store.portal.schema  # noqa: F401 # its tables belong to the metadata
