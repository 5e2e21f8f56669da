"""All SQL of OQS."""

# The tables of the parts belong to the metadata of `oqs_sim.store.schema`, whoever asks for it.
from oqs_sim.store.municipality import schema as _municipality  # noqa: F401
