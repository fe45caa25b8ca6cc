"""Sale mails that a mailbox rule hands us: read by each marketplace's data, weighed, and turned into signals."""
