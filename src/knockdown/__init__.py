"""knockdown plans, simulates and runs a kit-assembly vehicle plant."""

__version__ = "0.1.0"
