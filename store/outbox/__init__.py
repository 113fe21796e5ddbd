"""The outbox beside its table: its rows as records, what is due, what is selected, how fast it may go."""
