"""The training engine: a loop that yields events, saves what it has, and prints nothing."""
