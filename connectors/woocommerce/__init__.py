"""WooCommerce (REST API wc/v3) as a store: orders and customers out, order statuses in, webhooks."""
