"""A country's page: what is read in a minute. Pure."""
