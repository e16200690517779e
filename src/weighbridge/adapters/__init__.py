"""Adapters talk to the world on behalf of the use cases; each implements a port."""
