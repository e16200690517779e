"""What watches a release: rules and their tests, scraping, telemetry, a dashboard.

Nothing here looks at a running system, and no value of a metric is known: what rules do is found
out by reckoning with made-up series, and only where that is certain.
"""
