"""Bills of materials of others: what they list, and what a schema does not see in them."""
