"""What could happen: the plan played once as meant and many times with lateness, faults and absence."""
