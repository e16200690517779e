"""Bills of materials: what goes into one (`release`, `locked`), and the forms one is written in."""
