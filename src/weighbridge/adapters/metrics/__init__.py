"""Where metrics are asked for."""
