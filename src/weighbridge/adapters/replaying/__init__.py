"""Builds made again in the sandbox: what is changed around them, and the canary that proves it."""
