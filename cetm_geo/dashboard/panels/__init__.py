"""The page's panels: each has its layout, its id constants and register(app, service)."""
