"""Reports: what comes back after a relay took a mail, and what follows from it."""
