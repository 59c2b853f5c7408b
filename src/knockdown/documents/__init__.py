"""Frozen papers passed between rooms; each is a documented, versioned JSON document."""
