"""Benchmarks that anyone can rerun: `make bench`. Quote the ratios; absolute times are of one machine."""
