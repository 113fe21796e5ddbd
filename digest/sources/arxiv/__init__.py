"""arXiv as a source of papers."""
