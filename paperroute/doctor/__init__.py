"""The checks of `paperroute doctor`, a module a subject; each gives findings, the lines of the report."""
