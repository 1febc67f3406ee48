"""The mappings' pages. Importing them registers them."""

from . import books, code_rules, field_rules, manager_rules

__all__ = ["books", "code_rules", "field_rules", "manager_rules"]
