"""Tests of the engine's distribution."""
