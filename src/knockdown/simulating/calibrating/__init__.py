"""Fits the simulator's numbers to observations; where these come from is not its concern."""
