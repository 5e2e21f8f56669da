"""The states of a membership in the order in which they are seen."""
