"""Vectors to order, sections, their titles and places on the map. Pure."""
