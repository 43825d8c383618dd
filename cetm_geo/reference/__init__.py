"""Pages of docs/ that are written from what the program reads: indicators, norms, rules."""
