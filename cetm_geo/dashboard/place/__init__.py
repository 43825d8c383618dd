"""What the page says of the other side: a protected area, a territory or a basin. Pure."""
