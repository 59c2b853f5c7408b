"""Lots of any size from a seed, to measure and test the room on."""
