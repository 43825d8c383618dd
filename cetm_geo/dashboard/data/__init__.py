"""The page of the data, of the key of signs, of rules and norms. Pure."""
