"""`try`: run a release on known inputs, and hold what it does against its papers."""
