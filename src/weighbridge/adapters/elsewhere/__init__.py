"""Keys that lie elsewhere: on tokens, and with key management services. They never leave there."""
