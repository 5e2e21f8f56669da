"""Pages of OQS: for people at its console, and for patients."""
