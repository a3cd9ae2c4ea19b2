"""Flux for InfluxDB 2: reads as queries, and rules as scripts that people read and run."""

from alertdsl.backends.flux.query import FluxQuery, Yield, points_query, read_query

__all__ = ["FluxQuery", "Yield", "points_query", "read_query"]
