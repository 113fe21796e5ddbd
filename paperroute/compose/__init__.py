"""The composition root: what is put together from the configuration."""
