"""``python -m alertdsl_mcp``: the same as ``alertdsl-mcp``, for hosts that know the interpreter but not its scripts."""

from alertdsl_mcp.cli import main

main()
