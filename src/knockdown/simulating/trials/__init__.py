"""What is promised of the simulator, measured."""
