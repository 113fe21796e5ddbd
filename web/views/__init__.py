"""What pages show of the store."""
