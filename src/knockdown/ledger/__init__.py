"""What happened, for ever: one append-only record for plan, simulation and floor."""
