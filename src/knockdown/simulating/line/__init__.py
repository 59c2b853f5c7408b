"""One line of stations: exact semantics, several engines, one log."""
