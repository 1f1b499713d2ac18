"""`flask cors check`: what is wrong with the policy in this environment; `rules.py` lists it."""
