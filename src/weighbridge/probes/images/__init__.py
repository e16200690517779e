"""Container images, known without a daemon: from a layout, an archive, or a registry."""
