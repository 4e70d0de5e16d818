"""One document about finished runs: what came of them, and why, with every number recomputed."""
