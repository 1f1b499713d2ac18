"""`flask cors check`: what is wrong with the policy of an application, by rules with stable ids."""

from .command import check

__all__ = ["check"]
