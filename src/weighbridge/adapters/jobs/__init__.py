"""Durable jobs, kept by DBOS in SQLite or PostgreSQL. Nothing here is imported but by workers and
servers.
"""
