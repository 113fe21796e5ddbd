"""A file a table, named as the table is."""
