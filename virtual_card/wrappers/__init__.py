"""What happens to a card from outside: time, faults, traces; each wraps the next card."""
