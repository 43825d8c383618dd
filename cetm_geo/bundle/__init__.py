"""Evidence on some sites as one file that can be checked years later: written, read, verified."""

from cetm_geo.bundle.contents import Contents, of_proposals, of_titles
from cetm_geo.bundle.opened import Opened, read_bundle
from cetm_geo.bundle.verifying import Difference, State, Verdict, rebuilt, verify
from cetm_geo.bundle.writing import write_bundle

__all__ = [
    "Contents",
    "Difference",
    "Opened",
    "State",
    "Verdict",
    "of_proposals",
    "of_titles",
    "read_bundle",
    "rebuilt",
    "verify",
    "write_bundle",
]
