"""Repositories of OCI manifests and blobs: registries, and image layouts in folders."""
