"""Files by the page: handed in, watched, cancelled, and what became of each line."""
