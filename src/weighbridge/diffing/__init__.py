"""What differs between two manifests, by meaning and not by lines."""
