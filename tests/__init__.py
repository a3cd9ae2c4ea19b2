"""Tests, laid out as the packages are; `tests.services` starts what they need."""
