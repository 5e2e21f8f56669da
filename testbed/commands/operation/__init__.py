"""Commands of who operates OQS: delays, faults, windows, the seed."""
