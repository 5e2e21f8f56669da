"""HTTP in, HTTP out; the decisions are made elsewhere."""
