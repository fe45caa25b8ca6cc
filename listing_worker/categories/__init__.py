"""Which leaf of a marketplace's tree a listing belongs to: ranked by words, without a model, and remembered once the
seller has chosen."""
