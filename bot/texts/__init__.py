"""The bot's words, per language."""
