"""All SQL of OQS."""

# So that whoever uses the tables has all of them.
import oqs_sim.store.bulk.schema  # noqa: F401
