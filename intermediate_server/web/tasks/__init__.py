"""やること: what waits for a clerk, from all parts of the service, with a way to each case."""
