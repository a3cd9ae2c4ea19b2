# The MCP server alone: the compiler, the store and the SDK; no engine, no notification library.
#
#   docker build -f docker/mcp.Dockerfile -t alertdsl-mcp .
#   docker run -i --rm -v "$PWD:/alerts" alertdsl-mcp --transport stdio --config /alerts/alertdsl.toml
#   docker run -p 9122:9122 -e ALERTDSL_MCP_PUBLIC_URL=https://alerts.example.com/mcp \
#       -e ALERTDSL_DATABASE_URL=mysql://user:password@host/alerts alertdsl-mcp

FROM python:3.12-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE CHANGELOG.md requirements.lock ./
COPY grammar grammar
COPY alertdsl alertdsl
COPY mcp_server mcp_server
RUN python -m venv /opt/alertdsl \
 && /opt/alertdsl/bin/pip install --no-cache-dir --constraint requirements.lock '.[mcp]'

FROM python:3.12-slim
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/alertdsl alertdsl
COPY --from=build /opt/alertdsl /opt/alertdsl
ENV PATH=/opt/alertdsl/bin:$PATH PYTHONUNBUFFERED=1
USER alertdsl
WORKDIR /var/lib/alertdsl
EXPOSE 9122
# The process answers; what works behind it says the tool `health`, to clients with a token.
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s \
  CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ.get('ALERTDSL_MCP_PORT', '9122') + '/health', timeout=3)"]
ENTRYPOINT ["alertdsl-mcp"]
# Clients need a token (`alertdsl mcp-tokens create`), and ALERTDSL_MCP_PUBLIC_URL says by which name they call.
CMD ["--transport", "streamable-http", "--host", "0.0.0.0"]
