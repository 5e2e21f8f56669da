"""The testbed over HTTP."""
