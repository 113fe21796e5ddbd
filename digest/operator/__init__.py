"""What who runs Paper Route is told: notices, the weekly letter, topics without digests."""
