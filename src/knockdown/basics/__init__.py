"""Ids, clock, random numbers, time, errors. Imports nothing of ours."""
