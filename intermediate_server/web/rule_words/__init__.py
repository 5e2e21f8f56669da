"""The rules in a clerk's words."""
