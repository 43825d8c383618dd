"""Tables of a store -> the profile of a country: all its titles, by the four pillars.

Figures are counts, sums and unions over titles, in all and for each group of statuses, each with
what is known of it; nothing is estimated. Sources of figures are the store's tables alone.
"""

from cetm_geo.country.layout import languages
from cetm_geo.country.markdown import markdown
from cetm_geo.country.profile import profile_of
from cetm_geo.country.reading import read_country
from cetm_geo.country.tabled import CountryTables

__all__ = ["CountryTables", "languages", "markdown", "profile_of", "read_country"]
