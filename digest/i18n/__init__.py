"""Words of editions and mails, per language."""
