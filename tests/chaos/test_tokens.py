"""The account of the row about rotating tokens: its tokens live long enough for a caller that was refused."""

from concurrent.futures import ThreadPoolExecutor, wait

from integration_hub.chaos.rows.tokens import CALLS_PER_TOKEN, Account


def test_new_token_lives_until_a_slow_caller_has_used_it() -> None:
    account = Account({"quick", "slow"})
    kept_for_the_slow = CALLS_PER_TOKEN - 1
    assert [account.call("quick", "access-1") for _ in range(kept_for_the_slow)] == [200] * kept_for_the_slow

    with ThreadPoolExecutor(1) as pool:
        beyond = pool.submit(account.call, "quick", "access-1")
        early, _ = wait([beyond], timeout=0.05)
        slow = account.call("slow", "access-1")

    assert (early, slow, beyond.result()) == (set(), 200, 401)


def test_refused_caller_is_served_after_one_refresh_however_late_it_comes() -> None:
    account = Account({"quick", "slow"})
    account.call("slow", "access-1")
    while account.call("quick", "access-1") == 200:
        pass
    refused = account.call("slow", "access-1")
    account.refresh("refresh-1")
    for _ in range(CALLS_PER_TOKEN - 1):
        account.call("quick", "access-2")

    served = account.call("slow", "access-2")

    assert (refused, served) == (401, 200)
    assert account.call("quick", "access-2") == 401


def test_caller_that_has_left_is_not_waited_for() -> None:
    account = Account({"quick", "gone"})

    account.leave("gone")

    assert [account.call("quick", "access-1") for _ in range(CALLS_PER_TOKEN + 1)] == [200] * CALLS_PER_TOKEN + [401]


def test_refresh_token_is_taken_once() -> None:
    account = Account({"quick"})

    first, second = account.refresh("refresh-1"), account.refresh("refresh-1")

    assert (first[0], second[0]) == (200, 400)
    assert (account.refreshes, account.refused_refreshes) == (1, 1)
