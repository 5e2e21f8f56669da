"""Cards and the people who hold them: ordered, made, kept."""
