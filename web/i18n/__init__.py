"""The pages' words, per language."""
