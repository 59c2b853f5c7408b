"""What published sources say, and whether they agree."""
