"""The desk, as the people before it wait for it."""
