"""The panel's page: what it shows, its template, its style."""
