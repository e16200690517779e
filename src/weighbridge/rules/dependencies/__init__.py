"""The dependencies pass: what the release needs is pinned, hashed and agrees with the manifest."""
