"""Watching what a command of the user's own does, without being in its way."""
