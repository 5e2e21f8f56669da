"""What is on a My Number Card and what its commands and answers mean: all that others may know."""
