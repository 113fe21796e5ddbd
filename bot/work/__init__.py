"""The worker of surveys and follow-ups, and digests as a channel of the outbox."""
