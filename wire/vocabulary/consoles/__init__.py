"""What is said at consoles, to people and programs of one machine."""
