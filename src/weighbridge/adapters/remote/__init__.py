"""A registry that lies behind a server: verbs run here, with the keys that are here."""
