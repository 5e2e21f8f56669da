"""Pages of OQS, for people at its console."""
