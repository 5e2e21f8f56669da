"""同意: what the holder of a card agrees to at the reader, and how they were identified."""
