"""Looks at a deployment, part by part, and says what to fix: what `listing-worker doctor` and `health` call."""
