"""Documents (証類): decided, registered, printed."""
