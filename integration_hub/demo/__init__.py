"""The demo shop: connections to stand-ins, a mapping, traffic, and a report counted in the stand-ins."""
