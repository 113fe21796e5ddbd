"""The experiment, made: its folder, its surveys, its judge, and what they may cost."""
