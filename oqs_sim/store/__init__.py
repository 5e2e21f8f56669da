"""All SQL of OQS; the tables of every part are known as soon as one module is loaded."""

import oqs_sim.store.medical.schema
import oqs_sim.store.operation.schema
import oqs_sim.store.portal.schema  # noqa: F401 # their tables belong to the metadata
