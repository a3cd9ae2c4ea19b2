"""The language server: what editors show of rule files as they are typed. Needs the extra `lsp`.

    server ─▶ project (buffers, catalogs) ─▶ analysis (piece by piece, cached) ─▶ diagnostics
                      │
                      └─ completion, hover, definition, symbols, formatting, quick fixes

Positions of the protocol are translated once, in `positions`; everything else counts characters of the text.
"""
