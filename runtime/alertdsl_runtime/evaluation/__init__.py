"""Deciding rules: series are bound to operands, read, and decided as columns of truth."""
