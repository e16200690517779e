"""Container images: layers unfolded and walked, laid on top of one another, and what they hold.

Nothing here opens anything. Bytes are pushed in as they come; a layer's length when unfolded is
nowhere said, so there is nothing to ask for by offset as the other readers do.
"""
