"""Settings: ``base`` for every installation (all of it from the environment), ``test`` for the test suite."""
