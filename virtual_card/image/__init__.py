"""A card as data: the image that a person can edit, and its parts."""
