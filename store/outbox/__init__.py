"""Tables of what stops and slows the outbox."""
