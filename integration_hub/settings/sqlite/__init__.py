"""Django's SQLite backend, with a wait for the lock that is short when the lock is free for short."""
