"""RetailCRM (Simla.com), API v5: orders, customers and leads out; statuses back; code books."""
