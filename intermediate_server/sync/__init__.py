"""Carrying changes to OQS when their time has come."""
