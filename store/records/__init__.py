"""The values that the store keeps and hands out. Frozen."""
