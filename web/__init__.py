"""The web room: pages, JSON API, Atom feeds, metrics and MCP server over the archive."""
