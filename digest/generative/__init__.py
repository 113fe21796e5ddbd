"""The roles played by a language model: queries, summaries, sections, opening."""
