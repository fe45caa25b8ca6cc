"""Cases as data: a listing, and what the marketplace's replica must have received. One module per marketplace."""
