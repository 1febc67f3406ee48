from mappings.memory import RecentlyNoted


def test_a_key_is_remembered_until_its_time_is_over() -> None:
    now = [100.0]
    noted = RecentlyNoted(seconds=60, clock=lambda: now[0])

    noted.add(["a"])

    assert noted.has("a")
    assert not noted.has("b")
    now[0] = 160.0
    assert not noted.has("a")


def test_the_oldest_keys_make_room_for_new_ones() -> None:
    noted = RecentlyNoted(max_keys=2)

    noted.add(["a", "b"])
    noted.add(["a", "c"])

    assert [noted.has(key) for key in "abc"] == [True, False, True]
