"""The folder exchange from the side of a maker's program, and what is expected of who answers."""
