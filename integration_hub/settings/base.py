"""Settings of every installation. All that differs between two installations comes from the environment or ``.env``.

The file is ``.env`` beside ``manage.py`` unless HUB_ENV_FILE names another; the environment wins over the file.
``.env.example`` explains each value.
"""

import os
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static
from django.utils.translation import gettext_lazy as _

from . import api
from .database import database_from_url, sqlite

BASE_DIR = Path(__file__).resolve().parents[2]

env = environ.Env()
_env_file = Path(os.environ.get("HUB_ENV_FILE", BASE_DIR / ".env"))
if _env_file.is_file():
    environ.Env.read_env(_env_file)

SECRET_KEY = env.str("SECRET_KEY", default="")
if not SECRET_KEY:
    _message = (
        f"{_env_file} is missing or sets no SECRET_KEY. Copy .env.example to .env and fill it in, or try ./hub demo."
    )
    raise ImproperlyConfigured(_message)

# --- Who we are -------------------------------------------------------------------------------------------------------

DEBUG = env.bool("DEBUG", default=False)
HUB_BASE_URL = env.str("HUB_BASE_URL", default="http://127.0.0.1:8000").rstrip("/")
_public = urlsplit(HUB_BASE_URL)
_is_https = _public.scheme == "https"
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[_public.hostname or "127.0.0.1"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[f"{_public.scheme}://{_public.netloc}"])

HUB_DATA_DIR = Path(env.str("HUB_DATA_DIR", default=str(BASE_DIR / "data")))
HUB_WORKERS = env.int("HUB_WORKERS", default=4)
HUB_WEB_WORKERS = env.int("HUB_WEB_WORKERS", default=2)
HUB_WEB_THREADS = env.int("HUB_WEB_THREADS", default=8)
HUB_DOOR_TRUST_SECONDS = env.float("HUB_DOOR_TRUST_SECONDS", default=1.0)
"""For so long after looking, a webhook's door is taken to be unchanged: a new secret counts after this time."""

HUB_NODE_NAME = env.str("HUB_NODE_NAME", default="")
"""What this machine is called among those that share one database; empty: its host name."""

HUB_LEASE_SECONDS = env.int("HUB_LEASE_SECONDS", default=30)
"""How long work rests when a machine that held it is lost. The clocks of all machines must agree much better."""

HUB_RECONCILE_AT = env.str("HUB_RECONCILE_AT", default="03:00")
"""When the nightly comparison of routes that name no time of their own begins, in TIME_ZONE. Empty: never."""

HUB_RECONCILE_SPREAD_MINUTES = env.int("HUB_RECONCILE_SPREAD_MINUTES", default=120)
HUB_RECONCILE_DAYS = env.int("HUB_RECONCILE_DAYS", default=7)

HUB_RATE_SHARE = env.float("HUB_RATE_SHARE", default=0.9)
"""Of each vendor's rate limit. Below 1, because clocks differ and other programs of the shop use the same account."""

HUB_MAX_BODY_BYTES = env.int("HUB_MAX_BODY_BYTES", default=2 * 1024 * 1024)
HUB_ALLOWED_PRIVATE_NETWORKS = env.list("HUB_ALLOWED_PRIVATE_NETWORKS", default=[])

HUB_TRANSFORMS = env.list("HUB_TRANSFORMS", default=[])
"""Dotted paths of the functions that routes may use to change orders and customers (docs/transforms.md)."""

HUB_APPLICATIONS = {
    "retailcrm": (env.str("HUB_RETAILCRM_MODULE_CODE", default=""), env.str("HUB_RETAILCRM_MODULE_SECRET", default=""))
}
"""Code and secret of our entry in a vendor's marketplace, by the connector's kind; without both there is no
installation from there."""

FIELD_KEYS = env.list("FIELD_KEYS", default=[])
"""Fernet keys of the secrets at rest: the first one encrypts, all of them decrypt."""

# --- Alerts -----------------------------------------------------------------------------------------------------------

HUB_ALERT_EMAILS = env.list("HUB_ALERT_EMAILS", default=[])
HUB_ALERT_WEBHOOK_URL = env.str("HUB_ALERT_WEBHOOK_URL", default="")
HUB_ALERT_WEBHOOK_SECRET = env.str("HUB_ALERT_WEBHOOK_SECRET", default="")
"""Signs after Standard Webhooks, as the push API does."""

HUB_ALERT_DEAD_LETTERS = env.int("HUB_ALERT_DEAD_LETTERS", default=1)
HUB_ALERT_PARKED_HOURS = env.int("HUB_ALERT_PARKED_HOURS", default=24)
HUB_ALERT_OLDEST_DUE_MINUTES = env.int("HUB_ALERT_OLDEST_DUE_MINUTES", default=15)
HUB_ALERT_DISK_FREE_MB = env.int("HUB_ALERT_DISK_FREE_MB", default=1000)
HUB_METRICS_TOKEN = env.str("HUB_METRICS_TOKEN", default="")
HUB_METRICS_NETWORKS = env.list("HUB_METRICS_NETWORKS", default=[])
"""Who may read /metrics; with neither there is no such page."""

# --- How long things are kept, in days --------------------------------------------------------------------------------

HUB_KEEP_ITEMS_DAYS = env.int("HUB_KEEP_ITEMS_DAYS", default=30)
HUB_KEEP_EVENTS_DAYS = env.int("HUB_KEEP_EVENTS_DAYS", default=30)
HUB_KEEP_ATTEMPTS_DAYS = env.int("HUB_KEEP_ATTEMPTS_DAYS", default=30)
HUB_KEEP_EXCHANGES_DAYS = env.int("HUB_KEEP_EXCHANGES_DAYS", default=14)
HUB_KEEP_REPORTS_DAYS = env.int("HUB_KEEP_REPORTS_DAYS", default=90)
HUB_KEEP_BODIES_DAYS = env.int("HUB_KEEP_BODIES_DAYS", default=7)
"""Raw bodies hold most personal data, so they go first."""

# --- Django -----------------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",  # the site is ours, see StaffConfig
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.inlines",
    "unfold.contrib.import_export",
    "unfold.contrib.simple_history",
    "integration_hub.web.apps.StaffConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "axes",
    "simple_history",
    "import_export",
    "django_q",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "integration_hub.connections",
    "integration_hub.engine",
    "integration_hub.records",
    "integration_hub.catalog",
    "integration_hub.watch",
    "mappings",
    "integration_hub.web",
]

MIDDLEWARE = [
    "integration_hub.web.probes.probes_first",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "integration_hub.web.security.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "axes.middleware.AxesMiddleware",  # last, as its documentation asks
]

ROOT_URLCONF = "integration_hub.urls"
WSGI_APPLICATION = "integration_hub.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

_database_url = env.str("DATABASE_URL", default="")
_synchronous = env.str("SQLITE_SYNCHRONOUS", default="NORMAL").upper()
DATABASES = {
    "default": (
        database_from_url(_database_url, synchronous=_synchronous)
        if _database_url
        else sqlite(HUB_DATA_DIR / "hub.sqlite3", synchronous=_synchronous)
    ),
}
if not _database_url:
    HUB_DATA_DIR.mkdir(parents=True, exist_ok=True)

LANGUAGE_CODE = env.str("LANGUAGE_CODE", default="en")
LANGUAGES = [("en", _("English")), ("ru", _("Russian"))]
"""Those that have a catalog under LOCALE_PATHS; English needs none."""
LOCALE_PATHS = [BASE_DIR / "integration_hub" / "locale"]
FORMAT_MODULE_PATH = "integration_hub.web.formats"
USE_TZ = True
TIME_ZONE = env.str("TIME_ZONE", default="UTC")
"""Of what staff see; times are stored in UTC."""

# --- Static files -----------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(BASE_DIR / "staticfiles")))
_static_storage = (
    "django.contrib.staticfiles.storage.StaticFilesStorage"
    if DEBUG
    else "whitenoise.storage.CompressedManifestStaticFilesStorage"
)
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
"""Pages name no others. Packing each twice took most of the time of a first start."""

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": _static_storage},
}

# --- Sign-in and security ---------------------------------------------------------------------------------------------

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",  # first: a throttled try must not reach the password
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"

AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
"""Both together: a stranger cannot lock out a colleague from another address."""
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False  # it greets at every start of every command
OTP_TOTP_ISSUER = "Integration Hub"

X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = _is_https
CSRF_COOKIE_SECURE = _is_https
SECURE_SSL_REDIRECT = _is_https and not DEBUG
SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds()) if SECURE_SSL_REDIRECT else 0
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # HSTS for subdomains: other services may live below our host, they are not ours to bind
    "security.W021",  # HSTS preload: the owner of the domain decides that
]
# The scheme behind a proxy: gunicorn takes X-Forwarded-Proto from the addresses in FORWARDED_ALLOW_IPS (default
# 127.0.0.1), so no SECURE_PROXY_SSL_HEADER, which would believe everybody.

# --- Mail -------------------------------------------------------------------------------------------------------------

_email = env.email_url("EMAIL_URL", default="consolemail://")
EMAIL_BACKEND = _email["EMAIL_BACKEND"]
EMAIL_HOST = _email.get("EMAIL_HOST") or "localhost"
EMAIL_PORT = _email.get("EMAIL_PORT") or 25
EMAIL_HOST_USER = _email.get("EMAIL_HOST_USER") or ""
EMAIL_HOST_PASSWORD = _email.get("EMAIL_HOST_PASSWORD") or ""
EMAIL_USE_TLS = _email.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = _email.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("EMAIL_FROM", default="hub@localhost")

# --- Background work --------------------------------------------------------------------------------------------------

Q_CLUSTER = {
    "name": "hub",
    "label": "Background tasks",
    "orm": "default",
    "broker_class": "integration_hub.flows.broker.PatientBroker",
    "workers": HUB_WORKERS,
    "queue_limit": HUB_WORKERS,  # a task fetched ahead starts its retry clock before it starts to work
    "bulk": 1,
    "poll": 0.05,  # half of it is the wait of an order that finds an idle hub; costs 2 % of a core
    "timeout": 120,
    "retry": 600,
    "ack_failures": True,  # a failure is final here: our own rows know what is left to do
    "max_attempts": 1,
    "save_limit": -1,  # keeping successes costs 90 % of the throughput on SQLite
    "catch_up": False,
    "recycle": 500,
    "ALT_CLUSTERS": {
        # Backfills, feeds and profiles: minutes each, and never in front of a live order.
        # Two, so that one reads the store while the other writes to the CRM.
        "bulk": {"workers": 2, "queue_limit": 2, "timeout": 1800, "retry": 7200},
    },
}
if os.environ.get("Q_CLUSTER_NAME") not in Q_CLUSTER["ALT_CLUSTERS"]:
    os.environ.pop("Q_CLUSTER_NAME", None)  # django-q2 raises KeyError for a name it does not know

# --- API --------------------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = api.SPECTACULAR_SETTINGS

# --- Admin ------------------------------------------------------------------------------------------------------------

UNFOLD = {
    "SITE_TITLE": "Integration Hub",
    "SITE_HEADER": "Integration Hub",
    "SITE_SYMBOL": "hub",
    "SITE_URL": None,
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda _request: static("hub/icon.svg")}],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": True,
    "BORDER_RADIUS": "6px",
    "COLORS": {
        # A calm teal; text on 600 and above keeps a contrast of at least 4.5 : 1 with white.
        "primary": {
            "50": "240 250 250",
            "100": "217 241 242",
            "200": "181 226 229",
            "300": "131 203 209",
            "400": "78 173 182",
            "500": "47 142 153",
            "600": "29 113 124",
            "700": "27 93 102",
            "800": "27 76 84",
            "900": "26 63 70",
            "950": "11 41 47",
        },
    },
    "DASHBOARD_CALLBACK": "integration_hub.web.dashboard.context",
    "STYLES": [lambda _request: static("hub/hub.css")],
    "SCRIPTS": [lambda _request: static("hub/icons.js")],
    "COMMAND": {"search_callback": "integration_hub.web.search.palette"},
    "SIDEBAR": {
        "show_search": True,
        "show_all_applications": False,
        "navigation": "integration_hub.web.navigation.items",
    },
}
IMPORT_EXPORT_USE_TRANSACTIONS = True
SIMPLE_HISTORY_REVERT_DISABLED = True
"""Old versions are shown; putting one back by a click would skip the form's checks."""

# --- Logs -------------------------------------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {
            "()": "integration_hub.settings.logs.MaskingFormatter",
            "format": "{asctime} {levelname} {name} {message}",
            "style": "{",
        }
    },
    "filters": {"refusals": {"()": "integration_hub.settings.logs.OneLineForRefusals"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["refusals"]}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="INFO").upper()},
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        # At DEBUG this one prints every query with its values: customers' names and telephone numbers.
        "django.db.backends": {"level": "INFO"},
        "urllib3": {"level": "INFO"},  # at DEBUG: full addresses, tokens included
    },
}
