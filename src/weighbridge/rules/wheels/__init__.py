"""Whether the wheels a lock admits cover the targets of a release, decided without the host."""
