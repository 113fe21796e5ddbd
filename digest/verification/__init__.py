"""Verification: what was written, held against the papers that it cites before it is published."""
