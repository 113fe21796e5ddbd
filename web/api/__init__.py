"""The JSON API, version 1: what programs read, and with a token ask and subscribe."""
