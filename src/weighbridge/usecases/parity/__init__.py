"""`parity`: whether what releases run in, on and with is the same."""
