"""Who gets what: actions, signed links, CSV, personal data."""
