"""The SQLite file: connections, schema, migrations, full text, backup, errors."""
