"""Placeholder until the transports are there."""
