"""How clients reach the server: stdio, Streamable HTTP, SSE; and the limits on what they send."""
