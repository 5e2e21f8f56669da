"""The course of a person's health and care, made up from the seed, the person and the month."""
