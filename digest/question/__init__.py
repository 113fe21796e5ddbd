"""A question as it is understood, and the options that narrow it."""
