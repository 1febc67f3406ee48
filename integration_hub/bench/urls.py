"""The hub's addresses and, beside them, the door of the baseline."""

from django.urls import include, path

from .baseline import door

urlpatterns = [path("baseline/<str:token>/", door), path("", include("integration_hub.urls"))]
