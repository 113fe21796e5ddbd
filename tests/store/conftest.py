"""The store's tests are run on both engines; what is SQLite's alone is marked so, or stands in `sqlite`."""

from tests.factories.databases import both_engines  # noqa: F401
