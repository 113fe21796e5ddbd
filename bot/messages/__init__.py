"""Blocks, modals and the Home tab, within the limits of Slack. Pure."""
