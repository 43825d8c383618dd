"""What the page says of one site, a title or a drawing: from an answer to components. Pure."""
