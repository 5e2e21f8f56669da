"""What an insurer's counter (窓口) sees of a member, and what it is told."""
