"""The Verify button: who we are on the portal, what is missing, and whether the settings fit the portal."""

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.contract.errors import ConnectorError, Misconfigured, Rejected
from connectors.contract.results import AccountReport, Check
from connectors.contract.spec import TokenStore
from connectors.toolkit.lenient import as_map, text

from .batch import Run, ask
from .config import Config, LeadsBecome
from .desk import ORDER_FIELD, active_ids, stage_list
from .encoding import Command
from .entities import DEAL, rows_of
from .oauth import application_tokens
from .portal import Portal
from .reader import pipelines_in
from .stages import pipeline_of

NEEDED_SCOPES = ("crm",)
USEFUL_SCOPES = ("user_basic", "user", "user_brief")
"""One of them is needed to choose managers."""

NEEDED_METHODS = (
    "crm.item.add",
    "crm.item.update",
    "crm.item.list",
    "crm.item.productrow.set",
    "crm.stagehistory.list",
    "crm.duplicate.findbycomm",
)
USEFUL_METHODS = ("crm.item.batchImport",)

_WHERE = "Bitrix24: Developer resources, Integrations, your webhook or application."


class Account:
    def __init__(self, portal: Portal, config: Config, tokens: TokenStore) -> None:
        self._portal = portal
        self._config = config
        self._tokens = tokens

    def verify(self) -> AccountReport:
        """Raises when the address or the webhook is wrong, because then nothing else can be asked."""
        profile = as_map(self._portal.call("profile", {}, is_read=True)["result"])
        # Whoever presses Verify may have granted what was missing: the order's field is tried again.
        self._tokens.put(ORDER_FIELD, "")
        run = ask(self._portal, self._questions())
        name = " ".join(part for part in (text(profile.get("NAME")), text(profile.get("LAST_NAME"))) if part)
        scopes = {text(each) for each in run.result("scope") or [] if text(each)}
        return AccountReport(
            account=f"{self._config.host}, user {text(profile.get('ID'))}" + (f" ({name})" if name else ""),
            version="",
            checks=[
                *_scope_checks(scopes),
                _method_check(run),
                self._pipeline_check(run),
                self._currency_check(run),
                self._manager_check(run),
                self._admin_check(profile),
                self._field_check(run),
                *self._lead_checks(run),
                *self._event_checks(),
            ],
        )

    def _questions(self) -> list[Command]:
        config = self._config
        asked = [
            Command("scope", "scope", {}),
            Command("methods", "methods", {}),
            Command("pipelines", "crm.category.list", {"entityTypeId": DEAL}),
            stage_list("stages", config.pipeline),
            Command("currencies", "crm.currency.list", {}),
            Command("fields", "crm.item.fields", {"entityTypeId": DEAL, "useOriginalUfNames": "Y"}),
            Command("mode", "crm.settings.mode.get", {}),
        ]
        if config.default_manager:
            asked.append(Command("manager", "user.get", {"FILTER": {"ID": [config.default_manager]}}))
        return asked

    def _pipeline_check(self, run: Run) -> Check:
        error = _error(run, "pipelines") or _error(run, "stages")
        if error is not None:
            return Check("Pipeline", False, error.message, f"Grant the scope crm. {_WHERE}")
        names = pipelines_in(run.result("pipelines"))
        stages = {text(row.get("STATUS_ID")) for row in rows_of(run.result("stages"))}
        pipeline, stage = self._config.pipeline, self._config.first_stage
        if pipeline not in names:
            known = ", ".join(f"{id} ({name})" for id, name in names.items()) or "none"
            message = f"There is no pipeline {pipeline}. There are: {known}."
            return Check("Pipeline", False, message, "Correct the pipeline in the connection's settings.")
        if stage and stage not in stages:
            message = f"Pipeline “{names[pipeline]}” has no stage {stage}. It has: {', '.join(sorted(stages))}."
            return Check("Pipeline", False, message, "Correct the first stage in the connection's settings.")
        named = {each for stage, others in self._config.counterparts.items() for each in (stage, *others)}
        astray = sorted(each for each in named if pipeline_of(each) not in names)
        if astray:
            message = f"“Stages in other pipelines” name {', '.join(astray)}, and there are no such pipelines."
            return Check("Pipeline", False, message, "Correct these lines in the connection's settings.")
        return Check("Pipeline", True, f"Orders become deals of “{names[pipeline]}”.")

    def _currency_check(self, run: Run) -> Check:
        error = _error(run, "currencies")
        if error is not None:
            return Check("Currencies", False, error.message, f"Grant the scope crm. {_WHERE}")
        codes = sorted({text(row.get("CURRENCY")) for row in rows_of(run.result("currencies"))} - {""})
        message = f"The portal knows {', '.join(codes) or 'no currency'}. Orders in another one are refused."
        return Check("Currencies", bool(codes), message, "" if codes else "Add the shop's currency in Bitrix24, CRM.")

    def _manager_check(self, run: Run) -> Check:
        wanted = self._config.default_manager
        if not wanted:
            message = "No manager is set: deals without a manager rule go to the owner of the webhook."
            return Check("Manager", True, message)
        error = _error(run, "manager")
        if error is not None:
            return Check("Manager", False, error.message, f"Grant the scope user_basic. {_WHERE}")
        if wanted not in active_ids(run.result("manager")):
            message = f"User {wanted} does not exist or was dismissed."
            return Check("Manager", False, message, "Choose another manager in the connection's settings.")
        return Check("Manager", True, f"Deals without a manager rule go to user {wanted}.")

    def _admin_check(self, profile: Mapping[str, Any]) -> Check:
        if profile.get("ADMIN") is True:
            return Check("Administrator", True, "Dates of old orders are kept in a backfill.")
        message = (
            "The caller is no administrator: in a backfill old orders get today's date, and the field for the order's "
            "id has to be made by hand."
        )
        return Check("Administrator", True, message)

    def _field_check(self, run: Run) -> Check:
        error = _error(run, "fields")
        if error is not None:
            return Check("User fields", False, error.message, f"Grant the scope crm. {_WHERE}")
        names = {name.upper() for name in as_map(as_map(run.result("fields")).get("fields"))}
        config = self._config
        wanted = (
            config.former_field, config.delivery_field, config.address_field, config.payment_field,
            config.payment_status_field,
        )  # fmt: skip
        missing = [name for name in wanted if name and name not in names]
        if missing:
            message = (
                f"Deals have no field {', '.join(missing)}. Bitrix24 would drop what is sent there without a word."
            )
            return Check("User fields", False, message, "Make the field in Bitrix24, or correct its name.")
        note = "is there" if config.order_field in names else "is made with the first order"
        return Check("User fields", True, f"The field {config.order_field or '(none)'} {note}.")

    def _lead_checks(self, run: Run) -> list[Check]:
        if _error(run, "mode") is not None or self._config.leads_become is LeadsBecome.DEAL:
            return []
        if text(run.result("mode")) == "2":
            message = "The portal works without leads: Bitrix24 turns each lead into a deal at once."
            return [Check("Leads", True, f"{message} Choose “deals” in the settings to have them in your pipeline.")]
        return [Check("Leads", True, "Form leads become leads.")]

    def _event_checks(self) -> list[Check]:
        if application_tokens(self._config, self._tokens):
            return []
        message = (
            "Without the token of events (of the outgoing webhook, or as an installation brings it) calls are told "
            "from others by the secret address only."
        )
        return [Check("Events", True, message)]


def _scope_checks(scopes: set[str]) -> list[Check]:
    missing = [scope for scope in NEEDED_SCOPES if scope not in scopes]
    checks = [
        Check(f"Scope {scope}", False, f"The webhook lacks {scope}.", f"Tick {scope}. {_WHERE}") for scope in missing
    ]
    if not missing:
        checks.append(Check("Scopes", True, f"Granted: {', '.join(sorted(scopes))}."))
    if not scopes & set(USEFUL_SCOPES):
        message = "Without user_basic the hub cannot offer managers in rules, nor see that one was dismissed."
        checks.append(Check("Managers", True, message))
    return checks


def _method_check(run: Run) -> Check:
    """Self-hosted portals lag behind: what is missing is named."""
    offered = {text(each).lower() for each in run.result("methods") or []}
    if not offered:
        return Check("Methods", True, "The portal does not tell its methods.")
    missing = [method for method in NEEDED_METHODS if method.lower() not in offered]
    if missing:
        cure = "Update Bitrix24: the hub needs the CRM module 25.0 or newer."
        return Check("Methods", False, f"The portal lacks {', '.join(missing)}.", cure)
    lacking: Sequence[str] = [method for method in USEFUL_METHODS if method.lower() not in offered]
    note = f" Without {', '.join(lacking)} a backfill makes deals one by one." if lacking else ""
    return Check("Methods", True, f"The portal has the methods that are needed.{note}")


def _error(run: Run, name: str) -> ConnectorError | None:
    error = run.errors.get(name)
    if error is not None and not isinstance(error, (Misconfigured, Rejected)):
        raise error
    return error
