"""Every address the hub answers at."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from integration_hub.web.feeds import feed
from integration_hub.web.health import live, ready
from integration_hub.web.hooks import hook
from integration_hub.web.installing import offer, register
from integration_hub.web.metrics import metrics

# The pages of staff load here and not with the models: workers serve none, and start in two thirds of the time.
admin.autodiscover()

handler403 = "integration_hub.web.failures.forbidden"
handler404 = "integration_hub.web.failures.not_found"
handler500 = "integration_hub.web.failures.server_error"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("hooks/<str:token>/", hook, name="hook"),
    path("hooks/<str:token>/<path:rest>", hook, name="hook-with-rest"),
    path("install/<str:kind>/", offer, name="install"),
    path("install/<str:kind>/register", register, name="install-register"),
    path("feeds/<str:token>", feed, name="feed"),
    path("api/", include("integration_hub.web.api_urls")),
    path("health/live", live, name="health-live"),
    path("health/ready", ready, name="health-ready"),
    path("metrics", metrics, name="metrics"),
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
]
