"""Numbers and names that tell an insurer, a person or an institution."""
