"""The hub's addresses and, beside them, the door of the baseline."""

from django.urls import path

from integration_hub.urls import urlpatterns as of_the_hub

from .baseline import door

urlpatterns = [path("baseline/<str:token>/", door), *of_the_hub]
