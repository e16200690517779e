"""Reading files once: the pass, the digests, the processes that do it."""
