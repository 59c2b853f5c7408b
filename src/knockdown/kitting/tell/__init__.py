"""Answers of the room as the documents that people and scripts read."""
