"""Visits (受付) as values: who came, what the check said, what was decided, who comes again."""
