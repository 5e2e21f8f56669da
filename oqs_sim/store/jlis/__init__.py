"""SQL of J-LIS: generations of its authorities, its responder, its windows, orders of cards."""
