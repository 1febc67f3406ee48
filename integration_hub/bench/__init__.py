"""The performance table: the real hub over real HTTP against stand-ins, beside a deliberately plain baseline."""
