"""What is right: the oracles, the ruler, and what counts as agreement; no engine in here."""
