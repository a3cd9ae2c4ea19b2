"""MCP tools over the compiler and the store."""
