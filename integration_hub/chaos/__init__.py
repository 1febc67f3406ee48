"""The fault matrix: every promise of the hub, broken on purpose, over real HTTP against stand-ins.

``./hub chaos [row ...]`` runs it. A row starts the hub as ``./hub serve`` does, on a fresh database, between a shop
and a CRM that are processes of their own; breaks something; lifts the fault; waits until the hub is quiet; and compares
the sender's log with what the CRM holds (``checker``). The hub is never asked how it did: only its dead letters are
read, because a dead letter with a reason is a promised end.

How to write a row
------------------

A row is a function and a ``Row`` value in a module below ``rows/``, and a line in ``rows.MODULES``::

    def errors(world: World, orders: int) -> Findings:
        "F3: the target answers 500 on every fifth call."
        world.crm_fails(error_rate=0.2)
        acts.shop(world, orders)
        acts.settle(world)                        # lifts all faults, waits until nothing is on its way
        return findings(world, {"calls per batch": at_most(1.35, acts.calls_per_batch(world))})

    ROWS = (Row("F3", "Target answers 500 on 20 % of calls", errors, orders=10_000, small=200),)

* ``orders`` is what to run with; ``world.is_small`` says that it is the size of the test suite.
* Everything goes through ``world``: the control desks of both stand-ins (``world.shop``, ``world.crm_desk``, see
  ``/__sandbox__/...``), ``world.wait(what, is_done)`` instead of loops, ``world.pass_time(seconds)`` instead of
  sleeping. In the test suite the same function runs in a world whose hub works inside the test's process and whose
  clock is put forward, so a wait of ten minutes costs nothing there. A row that kills processes or databases says
  ``needs_processes=True``; then ``world.hub`` is there, and the suite runs it in processes, too.
* ``findings(world, criteria, ...)`` compares both sides, adds what holds for every row (``always``) and makes the
  result. A criterion is ``at_most(limit, seen)``, ``at_least`` or ``exactly``; with ``is_timing=True`` it counts at
  full size only: there are no timed tests.
* The shop's own log is the sender's log. A row that needs another order, repeats or its own kind of sender takes the
  deliveries with ``courier.held`` and sends them with ``courier.send``, and hands that log to ``findings``. The shop's
  switches ``resend_seconds`` (repeat what was not acknowledged) and ``hold`` are in its ``POST webhooks``.
* A second order with the same id is let in by the CRM's stand-in (``refuses_copies`` is off here), so that it shows.
* ``note`` says what is smaller or other than the promise asks for.
* ``pairs`` names the stores and CRMs between which the row runs; without it WooCommerce and RetailCRM. The control
  desks of all stand-ins speak one protocol (``orders``, ``customers``, ``writes``, ``set_status``, ``triggers`` ...),
  and the switch ``only`` knows ``orders/create`` and its like everywhere, so a row asks for no vendor. What differs by
  nature, as the statuses that managers choose, stands in ``demo.mapping``; ``world.kinds`` tells which pair it is.
* ``databases`` narrows a row to one database; ``environment`` sets variables of the hub's processes. Rate limits are
  lifted (HUB_RATE_SHARE is 1000) unless the row sets it to 0.9.

A row leaves nothing running: it uses context managers for what it starts, and ``matrix`` ends what is left. One row
runs here and now, on the database of the environment, with ``manage.py chaos --one F3 --size 200``.
"""
