"""How a picture's pixels reach the terminal: one file a protocol."""
