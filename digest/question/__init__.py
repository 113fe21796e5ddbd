"""A question understood: its words with their roles, its concepts, its limits. Pure."""
