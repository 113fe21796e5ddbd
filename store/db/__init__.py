"""The SQLite file: connection, schema, migrations, backup, errors."""
