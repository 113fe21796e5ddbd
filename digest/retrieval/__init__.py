"""A question understood; papers found and chosen, each with its reason."""
