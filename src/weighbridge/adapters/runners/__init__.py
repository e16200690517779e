"""Running models: in processes of their own that are talked to, and on servers."""
