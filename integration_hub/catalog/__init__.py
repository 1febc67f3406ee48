"""The catalog: how far a store's products were read, and the file that a CRM loads them from."""
