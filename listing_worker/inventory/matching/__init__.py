"""Which listings of different marketplaces are the same item: certain, to be asked, or not. Pure; merges nothing."""
