"""What of files that came in is kept until somebody has done something about it."""
