"""The engine's commands; the light CLI finds them through the entry points ``alertdsl.commands``."""
