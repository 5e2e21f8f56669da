"""What a clerk looks for: persons, procedures, documents."""
