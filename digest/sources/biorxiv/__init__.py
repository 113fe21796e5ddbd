"""bioRxiv and medRxiv as sources of a harvest."""
