"""What a registry that serves a team knows besides: who asks, with what, and work that waits."""
