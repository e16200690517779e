"""Safe readers of model files: bytes in, structure out; nothing is loaded, nothing is executed."""
