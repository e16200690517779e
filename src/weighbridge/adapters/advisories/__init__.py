"""Advisories on disk: read from where they are published, compiled into one file, served."""
