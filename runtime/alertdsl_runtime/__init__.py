"""The engine: sources, decisions, the life of alerts, notifications."""
