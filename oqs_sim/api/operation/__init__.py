"""The routes of the operation, and what stands before the line of OQS."""

from oqs_sim.api.operation.operating import Operating

__all__ = ["Operating"]
