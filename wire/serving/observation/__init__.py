"""Looking on at a service: its requests, how they were answered, and whether it is ready."""
