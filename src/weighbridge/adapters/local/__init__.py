"""Delivery to this machine: processes of our own, haproxy before them, Prometheus beside them."""
