"""Filing: fields and files as text, read into procedures or refused line by line."""
