"""Sources: what answers reads. `open_source` makes one from an address."""
