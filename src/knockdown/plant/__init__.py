"""What is this plant: models, kits, lines, people, partners, contracts, markets."""
