"""What controllers of a cluster say of a release, read from the plain JSON of their objects.

Whatever a field holds, reading it raises nothing. What is not there, or of another type, is not
known, and what is not known is never taken for delivered.
"""
