"""What is sent to a language model, and how its answer is read: pure."""
