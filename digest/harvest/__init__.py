"""Harvesting: what a source has, kept in the store before anybody asks for it."""
