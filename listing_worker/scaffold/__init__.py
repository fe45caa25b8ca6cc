"""A new marketplace, written from templates: a skeleton that runs against its own skeleton replica, to be filled with
the facts of the real site (docs/add-a-marketplace.md)."""
