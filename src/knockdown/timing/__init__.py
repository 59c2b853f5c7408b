"""When each vehicle enters and leaves each station: the exact line recursion, and the working-time axis."""
