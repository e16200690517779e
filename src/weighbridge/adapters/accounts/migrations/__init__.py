"""Migrations of the tables of accounts (Alembic): each one is run once, by whoever opens them."""
