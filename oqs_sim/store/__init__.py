"""All SQL of OQS."""

# The tables of all folders belong to the same database.
import oqs_sim.store.bulk.schema
import oqs_sim.store.jlis.schema
import oqs_sim.store.medical.schema
import oqs_sim.store.municipality.schema
import oqs_sim.store.operation.schema
import oqs_sim.store.portal.schema  # noqa: F401
