"""A small language for alert rules on time series."""

__version__ = "0.1.0"
