"""All SQL of OQS."""
