"""Cross-origin requests for Flask: Flask-CORS's interface with a strict policy behind it."""

from ._decorator import cross_origin
from ._extension import CORS
from ._problems import ConfigurationError, Problem
from ._table import Policy, Resources, Variable

__all__ = [
    "CORS",
    "ConfigurationError",
    "Policy",
    "Problem",
    "Resources",
    "Variable",
    "cross_origin",
]

__version__ = "0.1.0"
