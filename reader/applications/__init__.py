"""What speaks with the applications of the card, one client each."""
