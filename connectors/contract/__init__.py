"""The common language between hub and connectors: records, capabilities, results, errors."""
