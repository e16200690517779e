"""Making a build again from its record, and finding what its outputs depend on."""
