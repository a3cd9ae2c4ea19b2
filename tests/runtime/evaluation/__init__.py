"""The evaluator, by small examples; agreement with the reference is in tests/properties."""
