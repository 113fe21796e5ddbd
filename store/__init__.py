"""The SQLite store: the records and every line of SQL."""
