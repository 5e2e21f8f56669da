"""The pages of OQS, for people at desks."""
