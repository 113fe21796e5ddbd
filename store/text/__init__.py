"""PURE: what a text of a paper says: its LaTeX as Unicode, its words and stems, names of people."""
