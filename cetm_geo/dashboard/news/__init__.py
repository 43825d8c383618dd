"""The page of what is new since the generation before."""
