"""The archive on the web. Not built yet: the next rooms are listed in docs/architecture.md."""
