"""Loading models as their frameworks would, where it can harm nobody."""
