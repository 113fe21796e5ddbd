"""The Slack API: the only chapter that calls it."""
