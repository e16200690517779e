"""The dashboard: pages for people, made by the server; each is a document, and the same as JSON."""
