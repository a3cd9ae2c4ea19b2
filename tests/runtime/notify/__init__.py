"""Tests of what is told to whom, how, and that it arrives."""
