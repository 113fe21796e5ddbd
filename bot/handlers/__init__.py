"""What Slack sends and what is done about it: events, commands, permissions."""
