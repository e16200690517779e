"""Programs the Makefile calls."""
