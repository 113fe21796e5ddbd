"""Statements held against the sentences that they cite. Pure."""
