"""What keeps a reception from working: looks at machine, reader, line, services and folders."""
