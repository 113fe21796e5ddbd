"""The database as its engines give it to the table modules: contract, values of columns and queries, owners."""
