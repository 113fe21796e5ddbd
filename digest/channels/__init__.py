"""Channels: what carries an edition to a subscriber, behind the port in `digest/ports.py`."""
