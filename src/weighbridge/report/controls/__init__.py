"""Frameworks of controls, a table each, held against what an evidence pack has in it.

Nothing here claims: a control is answered where a rule finds the paper that answers it. Legal texts
are not copied; titles are our words for them, and no lawyer's.
"""
