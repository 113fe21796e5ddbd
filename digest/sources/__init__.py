"""Paper sources: arXiv, and a sample file."""
