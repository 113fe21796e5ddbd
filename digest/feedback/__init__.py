"""What readers say of papers: opinions, reading lists, seeds, followed authors, and what follows for a digest."""
