"""Pure renderings of an edition: the edition goes in, text comes out."""
