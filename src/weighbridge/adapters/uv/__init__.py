"""uv as a resolver: a program that is run, never imported, and may be absent."""
