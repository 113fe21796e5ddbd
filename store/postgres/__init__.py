"""The PostgreSQL database: connections, write lock, presence of processes, schema, full text, errors."""
