"""Data that comes with the package: the register of published figures, the built-in plants."""
