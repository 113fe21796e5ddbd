"""A store copied from one engine to another: tables in order, in batches, counted and hashed on both sides."""
