from typing import Any

from integration_hub.bench.counting.counter import count
from integration_hub.settings.sqlite import base


class DatabaseWrapper(base.DatabaseWrapper):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.execute_wrappers.append(count)
