"""Pages of OQS: for people at its console and at a municipality, and for patients."""
