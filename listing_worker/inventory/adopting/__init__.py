"""Adopting what a seller already has live: read from the seller's own lists, linked where proven, else asked."""
