"""JSON out of what WordPress sites send."""

import pytest

from connectors.woocommerce.decode import decoded


@pytest.mark.parametrize(
    "body",
    [
        '{"id":1}',
        '<br />\n<b>Warning</b>: Undefined array key [5] in <b>/a{b}.php</b> on line 3<br />\n{"id":1}',
        'Deprecated: something\n{"id":1}\n',
        '{"id":1}<!-- cached by a plugin -->',
    ],
)
def test_value_is_found(body: str) -> None:
    assert decoded(body) == {"id": 1}


def test_list_behind_a_warning_is_found() -> None:
    assert decoded('<b>Notice</b>: x\n[{"id":1}]') == [{"id": 1}]


@pytest.mark.parametrize(
    "body", ["", "<html>Hello</html>", "Fatal error: [1] in x", "{" * 100_000, '{"id":', "[" * 5_000]
)
def test_what_holds_no_json_raises_value_error(body: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        decoded(body)
