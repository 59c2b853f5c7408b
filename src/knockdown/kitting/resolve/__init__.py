"""Missing parts: every way to get each, the cheapest together, and the next best."""
