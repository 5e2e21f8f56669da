"""Serving an application: what the five services begin alike, and the web's own concerns."""
