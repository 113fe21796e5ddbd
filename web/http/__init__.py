"""Middleware, access, rate limits, page cache, responses and errors."""
