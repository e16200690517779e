"""The story of a canary on one machine: real servers, real requests, a real fault, and back."""
