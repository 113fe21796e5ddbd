"""The article's experiment, run again; the archive, replayed to a reader."""
