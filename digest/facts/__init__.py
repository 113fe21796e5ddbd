"""What is known of papers beside their texts: role, links, venue, names, nearness; what to read first. Pure."""
