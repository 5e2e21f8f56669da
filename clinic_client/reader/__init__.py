"""The card reader at the desk."""
