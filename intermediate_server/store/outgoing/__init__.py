"""What waits for delivery to OQS, who delivers it, and what OQS did not take."""
