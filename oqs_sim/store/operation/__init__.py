"""SQL of the operation: windows, delays, faults, the journal of requests, the seed."""
