"""Virtual readers: a private pcscd, its slots, and the cards in them."""
