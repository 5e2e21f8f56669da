"""The page of who operates OQS."""
