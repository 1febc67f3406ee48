"""Staff accounts on the theme, and the task queue's own tables to be looked at by superusers only.

django-q2's admin lets whoever may change a schedule name any importable function, which the worker then runs; its pages
are therefore shown without any way to add, edit, delete or submit again.
"""

from importlib import import_module
from typing import Any, ClassVar

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.http import HttpRequest
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice
from django_q.models import Failure, OrmQ, Schedule, Success
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from .base import HubAdmin, LogAdmin


def _take_over(*models: Any) -> None:
    """Unregister what an app's own admin module registers, whichever of the two is loaded first."""
    for model in models:
        import_module(f"{apps.get_app_config(model._meta.app_label).name}.admin")
        if admin.site.is_registered(model):
            admin.site.unregister(model)


_take_over(
    User, Group, Failure, OrmQ, Schedule, Success, AccessAttempt, AccessFailureLog, AccessLog, StaticDevice, TOTPDevice
)


@admin.register(User)
class UserAdmin(ModelAdmin, DjangoUserAdmin):
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "email", "first_name", "last_name", "is_staff", "is_active", "last_login")
    list_filter = ("is_staff", "is_superuser", "is_active", "groups")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Only a superuser makes superusers or hands out single permissions: else "may edit users" means "may all"."""
        locked = super().get_readonly_fields(request, obj)
        return locked if request.user.is_superuser else (*locked, "is_superuser", "user_permissions")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is not None and getattr(obj, "is_superuser", False) and not request.user.is_superuser:
            return False
        return bool(super().has_change_permission(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is not None and getattr(obj, "is_superuser", False) and not request.user.is_superuser:
            return False
        return bool(super().has_delete_permission(request, obj))


@admin.register(Group)
class GroupAdmin(ModelAdmin, DjangoGroupAdmin):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return bool(request.user.is_superuser)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return bool(request.user.is_superuser)


class SuperuserLogAdmin(LogAdmin):
    """Seen by superusers, changed by nobody."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return bool(request.user.is_superuser)


@admin.register(Failure, Success)
class TaskAdmin(SuperuserLogAdmin):
    list_display: ClassVar = ("name", "func", "started", "stopped", "attempt_count")
    ordering: ClassVar = ("-stopped",)
    fields: ClassVar = ("name", "func", "cluster", "started", "stopped", "success", "attempt_count", "result")


@admin.register(OrmQ)
class QueueAdmin(SuperuserLogAdmin):
    list_display: ClassVar = ("id", "key", "lock")
    fields: ClassVar = ("key", "lock")


@admin.register(Schedule)
class ScheduleAdmin(SuperuserLogAdmin):
    list_display: ClassVar = ("name", "func", "schedule_type", "next_run")
    fields: ClassVar = ("name", "func", "schedule_type", "minutes", "cron", "repeats", "next_run", "cluster")


@admin.register(AccessAttempt)
class AccessAttemptAdmin(SuperuserLogAdmin):
    """Wrong passwords. An administrator may delete a row, which lets the person in again."""

    list_display: ClassVar = ("attempt_time", "username", "ip_address", "failures_since_start")
    fields: ClassVar = ("attempt_time", "username", "ip_address", "user_agent", "failures_since_start")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return bool(request.user.is_superuser)


@admin.register(AccessLog)
class AccessLogAdmin(SuperuserLogAdmin):
    list_display: ClassVar = ("attempt_time", "username", "ip_address", "logout_time")
    fields: ClassVar = ("attempt_time", "logout_time", "username", "ip_address", "user_agent")


@admin.register(TOTPDevice)
class SecondFactorAdmin(HubAdmin):
    """Second factors. The key is shown to nobody: a lost device is deleted and set up anew."""

    list_display: ClassVar = ("user", "name", "confirmed")
    list_select_related: ClassVar = ("user",)
    fields: ClassVar = ("user", "name", "confirmed")
    readonly_fields: ClassVar = ("user", "name")

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False
