"""定期処理: what a run would do, before anybody starts it."""
