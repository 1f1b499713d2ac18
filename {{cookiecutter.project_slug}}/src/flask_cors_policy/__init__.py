"""Cross-origin requests for Flask: Flask-CORS's interface with a strict policy behind it."""

from ._extension import CORS
from ._problems import ConfigurationError, Problem
from ._table import Policy, Variable
from ._views import cross_origin

__all__ = ["CORS", "ConfigurationError", "Policy", "Problem", "Variable", "cross_origin"]

__version__ = "0.1.0"
