"""The gate: judges evidence about a release under a policy. Pure."""
