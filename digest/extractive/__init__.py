"""The roles of a language model played without one: sentences of the abstracts, joined by templates."""
