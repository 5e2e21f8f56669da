"""What the portal keeps: sign-ins, sessions and reported discrepancies."""
