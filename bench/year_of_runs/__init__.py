"""The periodic runs (定期処理) of a town's insurers over a year."""
