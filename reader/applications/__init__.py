"""The applications of the card, one module each."""
