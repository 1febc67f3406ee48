"""Any shop whose owner writes the other half: signed pushes in, signed status call-backs out."""
