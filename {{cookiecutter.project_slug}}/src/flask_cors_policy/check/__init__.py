"""`flask cors check`: what is wrong with the policy of an application, by rules with stable ids."""
