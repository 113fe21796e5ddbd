"""The web: pages, JSON API, Atom feeds, metrics and MCP server over the archive."""
