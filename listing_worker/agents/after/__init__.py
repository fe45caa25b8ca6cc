"""After publishing: how a live listing stands, and changing it, as data per marketplace and generic code."""
