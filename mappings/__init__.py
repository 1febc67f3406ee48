"""Translation between a store's codes and a CRM's: rows that staff edit, and a pure function that applies them."""
