"""Registries for teams: the tables of the embedded registry in PostgreSQL."""
