"""What is kept of consents (同意), 特定疾病 and the views of medical information."""
