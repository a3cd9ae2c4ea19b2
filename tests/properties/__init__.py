"""Properties: generated rules and series, and the laws that they obey on every backend."""
