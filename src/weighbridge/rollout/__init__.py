"""The analysis and rollout state machine: pure, the same whatever the target."""
