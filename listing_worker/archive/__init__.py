"""A seller's whole account as one file, and back into an empty installation."""
