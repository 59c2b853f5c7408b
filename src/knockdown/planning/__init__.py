"""Weeks and months: what to order, build, staff and sell, with a proven gap, and what limits it."""
