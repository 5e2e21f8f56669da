"""What is fast, and next to what: every row has its baseline, measured in the same run."""
