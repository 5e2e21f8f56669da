"""All SQL of OQS."""

# So that whoever uses the tables has all of them.
import oqs_sim.store.bulk.schema
import oqs_sim.store.medical.schema
import oqs_sim.store.operation.schema  # noqa: F401
