"""Joins rooms into jobs and does their reading and writing: check, plan, simulate, run, report."""
