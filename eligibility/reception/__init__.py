"""At the desk: what a check means, which papers help, what is said and done next."""
