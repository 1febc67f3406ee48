"""Entry point of the web server."""

import gc
import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "integration_hub.settings.base")

gc.disable()  # as in manage.py: what is loaded here stays for ever
application = get_wsgi_application()
import_module(settings.ROOT_URLCONF)  # else the first request of each worker waits for all pages to load
gc.freeze()
gc.enable()
