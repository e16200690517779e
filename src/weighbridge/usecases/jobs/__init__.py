"""Which jobs follow from what happened, and from the clock."""
