"""Providers of language models: one call, retried, limited, counted."""
