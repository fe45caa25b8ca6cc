"""What an item costs on each marketplace, and what is left of it after fees. Pure."""
