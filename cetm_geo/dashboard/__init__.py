"""The page: a Dash app over one store. `create_app` is all that other modules need."""

from cetm_geo.dashboard.app import create_app

__all__ = ["create_app"]
