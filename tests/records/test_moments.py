"""A time that no clock can show is a fault of the body, not of the hub."""

import pytest
from pydantic import BaseModel, ValidationError

from connectors.contract.canonical import Moment


class Body(BaseModel):
    at: Moment


@pytest.mark.parametrize(
    "text", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", "1899-12-31T23:59:59Z", "2200-01-01T00:00:00Z"]
)
def test_time_beyond_all_clocks_is_told_at_its_field(text: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Body.model_validate({"at": text})

    [fault] = caught.value.errors()
    assert fault["loc"] == ("at",)
    assert "1900 to 2199" in fault["msg"]


@pytest.mark.parametrize("text", ["1900-01-01T00:00:00Z", "2199-12-31T23:59:59+14:00"])
def test_any_other_time_is_kept_in_utc(text: str) -> None:
    assert Body.model_validate({"at": text}).at.utcoffset().total_seconds() == 0  # type: ignore[union-attr]  # aware
