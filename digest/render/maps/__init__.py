"""Pure drawings of an edition's route."""
