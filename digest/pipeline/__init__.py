"""The story of a survey and of a digest. `pipeline.py` tells it, a line a chapter."""
