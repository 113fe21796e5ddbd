"""MCP (Model Context Protocol): the archive as tools for assistants, over stdio and over HTTP."""
