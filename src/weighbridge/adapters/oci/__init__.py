"""OCI registries: a client of the distribution specification 1.1, on httpx."""
