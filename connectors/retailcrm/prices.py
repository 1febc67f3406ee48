"""RetailCRM keeps a price and a discount per unit, and it is not documented with how many decimals: whole cents."""

from connectors.toolkit.prices import Part, decimals_of, money, number, parts, rounded_to, whole_cents

__all__ = ["Part", "decimals_of", "money", "number", "parts", "rounded_to", "whole_cents"]
