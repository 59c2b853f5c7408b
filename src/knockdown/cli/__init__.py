"""The command line: a thin door onto workflow and reports, and quick to open."""
