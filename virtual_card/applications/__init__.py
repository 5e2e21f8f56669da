"""The applications of the card as data, made from an image."""
