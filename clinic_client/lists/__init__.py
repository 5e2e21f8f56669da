"""Lists of visits as values: what is asked for, a day, the claims of a month, their rows."""
