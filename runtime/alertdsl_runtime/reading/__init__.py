"""What points say: the series of a stream, and what every backend's reads answer of them, as arrays."""
