"""Models behind the ports: the built-in ones, which need no key and no network."""
