"""Messages that rows keep, in the reader's language.

The engine, the flows and the connectors write a message once, in English, with names and numbers in it, and whoever
reads it later may read another language. So it is recognised here, sentence by sentence, and said again; a sentence
that is not known, such as another system's own words, stays as it is. English readers see exactly what was kept.
"""

import re
from functools import lru_cache

from django.utils.translation import get_language, gettext, gettext_noop

from .words import in_words

SENTENCES = (
    gettext_noop("The hub tries again by itself."),
    gettext_noop("The hub sends it by itself."),
    gettext_noop("The hub looks the object up before it writes again."),
    gettext_noop("The object is looked up before it is written again."),
    gettext_noop("%(host)s cannot be reached."),
    gettext_noop("%(host)s did not answer completely."),
    gettext_noop("%(host)s took the request but gave no answer."),
    gettext_noop("%(host)s has no valid TLS certificate."),
    gettext_noop("%(host)s keeps redirecting."),
    gettext_noop("Check the address in the connection's settings."),
    gettext_noop("“%(host)s” is not a usable address."),
    gettext_noop("No rule for %(kind)s “%(code)s”."),
    gettext_noop("Add one under Mappings."),
    gettext_noop("%(what)s cannot be read: %(faults)s"),
    gettext_noop("Dry run: translated, not sent."),
    gettext_noop("Given up after %(count)s repeats."),
    gettext_noop("Last answer: %(rest)s"),
    gettext_noop("An error inside the hub (%(name)s)."),
    gettext_noop("An error inside the hub while reading (%(name)s)."),
    gettext_noop("Replay it after an update."),
    gettext_noop("Send it again; if it stays, report it."),
    gettext_noop("It is tried again; if it stays, report it."),
    gettext_noop("The worker stopped in the middle."),
    gettext_noop("The worker stopped in the middle, %(count)s repeats included."),
    gettext_noop("The worker stopped in the middle of it, %(count)s times."),
    gettext_noop("Report it, then send it again."),
    gettext_noop("Report it, then replay it."),
    gettext_noop("The rate limit is reached; calls go on in %(seconds)s s."),
    gettext_noop("The time slice of this task is used up; the rest follows at once."),
    gettext_noop("The customer is just being made in the CRM with another object; this one follows in a second."),
    gettext_noop("Another worker has taken over this lane."),
    gettext_noop("The same internal error came up again and again."),
    gettext_noop("See the sync log."),
    gettext_noop("“%(connection)s” cannot take %(flow)s."),
    gettext_noop("“%(connection)s” is not set up: %(fields)s is empty."),
    gettext_noop("Fill it in and press Verify."),
    gettext_noop("Nothing changed that the routes carry."),
    gettext_noop("A newer state of this object is known."),
    gettext_noop("The status that the hub itself had set."),
    gettext_noop("No route leads on from this store."),
    gettext_noop("This order was made in the CRM and is in no connected store."),
    gettext_noop("The CRM names an order of ours that the hub has not linked yet; it may still be on its way."),
    gettext_noop("The hub is writing this order just now, so this may be its own status; looked at again at once."),
    gettext_noop("This status was passed on before."),
    gettext_noop("The order is paid in the CRM; the store is told."),
    gettext_noop("The order's route was switched off or removed."),
    gettext_noop("“%(route)s” does not send statuses back; noted only."),
    gettext_noop("“%(route)s” takes nothing back of orders made by %(method)s."),
    gettext_noop("Waits until the customers that were started before are read."),
    gettext_noop("The store has this status already."),
    gettext_noop("The shop had this status already."),
    gettext_noop("This CRM status is ignored on purpose."),
    gettext_noop("The store changed the status as well, and on this route the store wins."),
    gettext_noop("On this route the store wins."),
    gettext_noop("The store has this order as paid already."),
    gettext_noop("The store shows this number already."),
    gettext_noop("The CRM has it, but the hub does not know that the two are one."),
    gettext_noop("The CRM has it."),
    gettext_noop("The CRM does not have it either."),
    gettext_noop("The CRM does not know this order."),
    gettext_noop("The hub no longer keeps this object."),
    gettext_noop("Run a backfill for it, then send it again."),
    gettext_noop("The object was deleted in the store; nothing is deleted in the CRM."),
    gettext_noop("Found by a poll; no webhook had told it."),
    gettext_noop("Deleted there; the hub had not seen it."),
    gettext_noop("Deleted there."),
    gettext_noop("Nothing is deleted on the other side."),
    gettext_noop("Two different states bear the same time; the present one is read."),
    gettext_noop("The order itself has not arrived yet."),
    gettext_noop("The event names nothing that flows."),
    gettext_noop("“%(route)s” does not carry %(what)s."),
    gettext_noop("Older than the start of “%(route)s”."),
    gettext_noop("A backfill brings it over."),
    gettext_noop("“%(route)s” does not take orders in status %(status)s."),
    gettext_noop("“%(route)s” does not take orders of store view %(view)s."),
    gettext_noop("“%(route)s” does not take orders made by %(method)s."),
    gettext_noop("Not in the pilot share of “%(route)s”."),
    gettext_noop("“%(name)s” is paused."),
    gettext_noop("This goes on when it is resumed."),
    gettext_noop("The transform “%(path)s” failed: %(place)s."),
    gettext_noop("Correct it, then send the object again."),
    gettext_noop("Correct what RetailCRM names, then send the object again."),
    gettext_noop("Correct what Bitrix24 names, then send the object again."),
    gettext_noop("Check the API key in the connection's settings (RetailCRM: Settings, Integration, API access keys)."),
    gettext_noop(
        "Grant the key the missing right (RetailCRM: Settings, Integration, API access keys), then press Verify."
    ),
    gettext_noop(
        "Make a new incoming webhook, or install the application again, and put it into the connection's settings."
    ),
    gettext_noop("Tick the missing scope in the webhook or application (Verify names it), then resume."),
    gettext_noop("This is a fault of the hub: report it."),
    gettext_noop("It was deleted there."),
    gettext_noop("It was deleted there, or belongs to another site."),
    gettext_noop("Not sent, because a call before it failed."),
    gettext_noop("Not sent, because the call before it failed."),
    gettext_noop("The hub sends it with the next batch."),
    gettext_noop("The customer has neither an e-mail nor a phone, so RetailCRM could not find them again."),
    gettext_noop("The customer has neither an e-mail nor a phone, so Bitrix24 could not find them again."),
    gettext_noop("The shop's host asks for a pause."),
    gettext_noop("The shop refuses the key."),
    gettext_noop("The shop forbids the call."),
    gettext_noop("The shop refuses a value."),
    gettext_noop("The shop's server failed."),
    gettext_noop("A check-out that the buyer has not finished."),
    gettext_noop("The hub does not use “%(topic)s”."),
    gettext_noop("Order %(number)s is no longer in the shop, or in its trash."),
    gettext_noop("It was not brought back."),
    gettext_noop("Order %(number)s: %(rest)s"),
    gettext_noop("The key lacks %(right)s."),
    gettext_noop("Right %(right)s"),
    gettext_noop("Paused by %(name)s."),
    gettext_noop("Being installed from %(account)s."),
    gettext_noop("Installed from %(account)s."),
    gettext_noop("Sites of the account: %(sites)s."),
    gettext_noop("Enter one as site code."),
    gettext_noop("Look at the settings before you resume it."),
    gettext_noop("The installation did not end: %(rest)s"),
    gettext_noop("Press the button there again, or delete this connection."),
)
"""What is said often enough to be translated. ``rest`` is a message itself, ``kind`` and ``flow`` are codes of ours."""

_BETWEEN = re.compile(r"(?<=[.!?]) (?=[A-Z“])")


def said(message: str) -> str:
    """The message in the language that is active now."""
    language = get_language() or "en"
    return message if not message or language.startswith("en") else _said(message, language)


@lru_cache(maxsize=1000)
def _said(message: str, language: str) -> str:
    whole = gettext(message)
    if whole != message:
        return whole
    return " ".join(_sentence(part, language) for part in _BETWEEN.split(message))


def _sentence(sentence: str, language: str) -> str:
    for template, pattern in _PATTERNS:
        if found := pattern.fullmatch(sentence):
            return gettext(template) % {name: _value(name, text, language) for name, text in found.groupdict().items()}
    return gettext(sentence)


def _value(name: str, text: str, language: str) -> str:
    if name == "rest":
        return _said(text, language)
    return in_words(text) if name in ("kind", "flow", "what") else text


def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"%\((\w+)\)s", template)
    fixed = [f"(?P<{part}>.+?)" if place % 2 else re.escape(part) for place, part in enumerate(parts)]
    return re.compile("".join(fixed), re.DOTALL)


# the one that begins with more words of its own goes first: "Last answer: it cannot be reached" is an answer
_PATTERNS = [
    (template, _pattern(template))
    for template in sorted(SENTENCES, key=lambda template: -template.find("%("))
    if "%(" in template
]
