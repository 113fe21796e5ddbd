"""What runs for good: the scheduler and the outbox."""
