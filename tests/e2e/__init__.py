"""Whole postings: real Chromium, real Postgres and Valkey, the sandbox as the marketplaces."""
