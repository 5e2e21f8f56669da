"""The clerk's page: insurers, their lag, and what was filed last."""
