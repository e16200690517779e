"""Rule packs of an organisation: written, published, found by name and digest, and asked."""
