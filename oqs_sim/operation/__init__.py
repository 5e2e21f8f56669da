"""The operation (運用): what an operator of the simulation delays, breaks, opens and looks at."""
