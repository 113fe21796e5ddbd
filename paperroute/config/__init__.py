"""config.toml and the environment: a module a section."""
