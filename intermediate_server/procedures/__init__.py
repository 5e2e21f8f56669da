"""Procedures (届出): what is reported, and the changes that it leads to."""
