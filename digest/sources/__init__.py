"""Paper sources: arXiv, and a sample file; several as one; which there are."""
