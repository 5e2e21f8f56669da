"""Practice of the reception: a queue of the town's people, and what was done with each of them."""
