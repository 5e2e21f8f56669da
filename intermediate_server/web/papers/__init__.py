"""What pages say of papers."""
