"""What may follow what: the one fold that every history, planned, simulated or scanned, goes through."""
