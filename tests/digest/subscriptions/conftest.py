"""These lean on what the store promises, and so are run on both engines."""

from tests.factories.databases import both_engines  # noqa: F401
