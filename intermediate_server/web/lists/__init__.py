"""Lists of the clerk's pages: who was found, procedures, documents; their pages and files."""
