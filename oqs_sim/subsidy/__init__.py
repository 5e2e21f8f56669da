"""医療費助成: certificates of municipalities that are told by card (PMH)."""
