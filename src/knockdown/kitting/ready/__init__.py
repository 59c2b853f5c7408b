"""Clear to build: which units can be finished, when the others, what blocks them, what a step would add."""
