"""Entry point of the web server."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "integration_hub.settings.base")

gc.disable()  # as in manage.py: what is loaded here stays for ever
application = get_wsgi_application()
gc.freeze()
gc.enable()
