"""How many inputs a test makes up: enough for each run, and more where somebody asks for them."""

import os


def cases(each_run: int) -> int:
    """Return how many inputs to try; OQS_SIM_FUZZ multiplies those of each run."""
    return each_run * int(os.environ.get("OQS_SIM_FUZZ", "1"))
