"""Bills of materials held against the schemas of their formats."""
