"""The newest canonical state of every order, customer, lead and product that the hub has seen."""
