"""Things packed to be carried elsewhere: bytes in, bytes out; nothing is ever unpacked to disk."""
