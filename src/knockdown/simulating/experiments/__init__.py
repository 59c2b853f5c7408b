"""Experiments: which points to simulate, what their differences are worth, and which is best."""
