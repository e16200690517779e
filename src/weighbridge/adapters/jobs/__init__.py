"""Durable jobs, kept by DBOS in SQLite or PostgreSQL; for workers and servers alone."""
