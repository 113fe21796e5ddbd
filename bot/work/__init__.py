"""The queue of surveys, the worker, and digests as a channel of the outbox."""
