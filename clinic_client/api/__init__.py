"""The clinic over HTTP: JSON in, JSON out, no decisions."""
