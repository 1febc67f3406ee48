"""What an order needs on its way: receive, absorb, translate, deliver, poll, backfill, reconcile, sweep.

Knows orders, names no system; the tables are those of the engine.
"""
