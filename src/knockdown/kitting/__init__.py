"""Kits: lot, case, box, part; what can be finished, and what to do about what is missing."""
