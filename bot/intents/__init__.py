"""What a message means: questions, follow-ups, options in plain words. Pure."""
