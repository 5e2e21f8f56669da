"""What an insurer decides for itself, and the file that says it."""
