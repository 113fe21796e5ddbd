"""A store copied from one engine to another: its tables in order, copied in batches, counted and hashed on both sides."""
