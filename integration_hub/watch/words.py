"""What staff read about an incident: a title and a cure for each kind, made of its facts in the reader's language."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from .findings import in_readers_words


@dataclass(frozen=True, slots=True)
class Words:
    """Both are filled with the facts; a fact that an older row lacks is shown as a dash."""

    title: Promise | str
    cure: Promise | str


class _Facts(dict[str, Any]):
    def __init__(self, facts: Mapping[str, Any]) -> None:
        super().__init__(facts)
        if "age" in self:
            self["age"] = in_readers_words(str(self["age"]))

    def __missing__(self, _key: str) -> str:
        return "—"


_WORDS: Mapping[str, Words] = {
    "webhooks": Words(
        _("Webhooks of “%(name)s” do not work: %(topics)s"),
        _("%(done)s What happened meanwhile is brought in by the polls."),
    ),
    "poll": Words(
        _("The poll “%(purpose)s” of “%(name)s” has not succeeded for %(age)s"),
        _("See its last error. Press “Verify” on the connection; it says what is missing over there."),
    ),
    "refused": Words(
        _("“%(name)s” is paused: it refuses our key, rights or account"),
        _(
            "Correct the key or the rights, press “Verify” on the connection, then “Resume”. Everything that arrives "
            "meanwhile is kept."
        ),
    ),
    "away": Words(
        _("“%(name)s” does not answer"),
        _("Ask whether the system is down or its address has changed. The hub goes on by itself when it is back."),
    ),
    "lane_still": Words(
        _("“%(name)s” stands still although work has been due for %(age)s"),
        _("See the hub's log, and restart the hub if it does not move within minutes. Nothing is lost."),
    ),
    "lane_paused": Words(
        _("“%(name)s” was paused after the same internal error came up again and again"),
        _("See the sync log, update the hub or report the error, then press “Resume” on the lane."),
    ),
    "overdue": Words(
        _("“%(name)s”: the oldest item has been due for %(age)s"),
        _(
            "More comes in than the other system takes, or it is slow. If it stays so, ask for a higher rate limit or "
            "narrow the route's filters."
        ),
    ),
    "unread": Words(
        _("Events of “%(name)s” have waited to be read for %(age)s"),
        _("See whether the workers run and whether the store can be read: press “Verify” on the connection."),
    ),
    "dead_letters": Words(
        _("Dead letters on “%(name)s”: %(size)s"),
        _("Open the list: the other system's words stand beside each. Correct the cause, then replay them."),
    ),
    "failed_events": Words(
        _("Events of “%(name)s” that could not be read: %(size)s"),
        _("Open the inbox: the reason stands beside each. Correct the cause, then replay them."),
    ),
    "parked": Words(
        _("Items parked on “%(name)s” for more than %(hours)s hours: %(size)s"),
        _("Map the codes they wait for; the items go on by themselves."),
    ),
    "workers": Words(
        _("On “%(name)s” these processes do not stay up: %(processes)s"),
        _("See the hub's log on that machine for why they end. What arrives is kept."),
    ),
    "machine": Words(
        _("“%(name)s” has been silent for %(age)s"),
        _("Start the hub there, or leave it: a machine that is silent for a day is taken to be removed."),
    ),
    "backfill": Words(
        _("A backfill of “%(name)s” does not go on"),
        _("Open it: the reason stands there. Correct the cause, then press “Resume”; it goes on where it stopped."),
    ),
    "reconcile": Words(
        _("A comparison of “%(name)s” does not go on"),
        _("Open it: the reason stands there. Correct the cause, then press “Resume”."),
    ),
    "disk": Words(
        _("Only %(free)s MB are left on the disk of “%(name)s”"),
        _(
            "Make room, or lower the days in HUB_KEEP_…. With a full disk the hub takes nothing in: stores are "
            "answered 503 and have to send again."
        ),
    ),
}

NO_WORDS = Words("%(name)s", "")


def title(kind: str, facts: Mapping[str, Any]) -> str:
    """The title in the language that is active now."""
    return str(_WORDS.get(kind, NO_WORDS).title) % _Facts(facts)


def cure(kind: str, facts: Mapping[str, Any]) -> str:
    """The cure in the language that is active now."""
    shown = _Facts(facts)
    if kind == "webhooks":
        shown["done"] = _hooks_done(str(facts.get("repair", "")))
    return str(_WORDS.get(kind, NO_WORDS).cure) % shown


def _hooks_done(repair: str) -> str:
    match repair:
        case "done":
            return _now("The hub has made them anew; if it happens again, see why the store's calls fail.")
        case "failed":
            return _now("The hub could not make them anew. Open the connection and press “Create or repair webhooks”.")
        case _:
            return _now("Open the connection and press “Create or repair webhooks”.")
