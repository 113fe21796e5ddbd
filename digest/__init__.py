"""The pipeline, from a question or a topic to an edition. `pipeline.py` tells the story."""
