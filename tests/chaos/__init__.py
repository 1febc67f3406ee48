"""The fault matrix, and that it notices what it should."""
