from typing import Any

from django.db.backends.postgresql import base

from integration_hub.bench.counting.counter import count


class DatabaseWrapper(base.DatabaseWrapper):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.execute_wrappers.append(count)
