"""Text as the full-text index sees it, and the nearest vectors."""
