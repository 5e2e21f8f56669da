"""What the municipality's counter keeps: procedures, cards that rest, ends of certificates."""
