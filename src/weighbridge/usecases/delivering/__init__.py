"""`deliver`: what the pointer holds is laid out, rolled out, judged, and taken back if it fails."""
