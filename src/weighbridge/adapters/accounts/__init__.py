"""Tokens, sessions and logins of a server: `accounts.db` beside the registry, or its PostgreSQL.

What lets somebody in is kept as a digest only: who reads the database gets in nowhere.
"""
