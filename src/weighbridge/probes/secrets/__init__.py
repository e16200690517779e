"""When secrets were last replaced: dates are asked for, values never.

A family: `interface`, a file for each keeper, and `asking`, which knows them all.
"""
