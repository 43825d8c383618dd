"""Pure views of a proposal: what it is, where its shape is from, what changed, what is kept."""
