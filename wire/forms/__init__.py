"""What people type into forms, and the files that they take away, alike in every service."""
