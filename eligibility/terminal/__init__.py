"""What happens at the card reader of a clinic: identity, consent, what may be seen."""
