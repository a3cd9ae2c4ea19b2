"""Who a bearer token belongs to: tokens of this server's own, and those of an OAuth authorization server."""
