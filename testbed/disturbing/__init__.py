"""What the panel lets go wrong between the parts of a deployment, and whether they answer."""
