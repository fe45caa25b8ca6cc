"""Bridges: messages of somebody else's queue become jobs, by the same path as the API's own requests."""
