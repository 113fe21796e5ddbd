"""The checks of `paperroute doctor`: a module a subject."""
