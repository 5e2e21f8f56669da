"""The chip: which command does what, and what the card remembers."""
