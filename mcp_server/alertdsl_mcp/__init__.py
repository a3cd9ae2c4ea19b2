"""The MCP server: alerts by conversation, over the compiler and the store.

    host ─ transports (stdio, HTTP, SSE) ─▶ auth, limits ─▶ server ─▶ tools, resources, prompts ─▶ compiler, store
                                                                            └─ preview ─▶ a process of the evaluator

The engine is never imported: what needs it (`preview_rule`) is asked of a process of its own, found by an entry point.
"""
