"""How it is kept: the log of events, its guards, the write path and the follow loop. Knows databases, nothing of volunteers."""
