"""HTTP in, HTTP out; the decisions are elsewhere."""
