"""Candidates for a question weighed and put in order. Pure."""
