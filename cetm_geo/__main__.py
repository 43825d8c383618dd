"""`python -m cetm_geo` is `cetm-geo`."""

from cetm_geo.cli import main

main()
