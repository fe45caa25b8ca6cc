"""Forms that moved: mutations of the replicas' forms, filled by the agents, judged by the page's own controls."""
