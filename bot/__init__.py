"""Everything Slack, and the only room that knows slack_sdk."""
