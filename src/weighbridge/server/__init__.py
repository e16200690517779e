"""What listens: HTTP over what use cases answer. Needs the extra `server`."""
