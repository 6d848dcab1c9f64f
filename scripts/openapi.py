"""Print the description of the figures' addresses, as docs/openapi.json keeps it."""

import sys

from app.web.reports import figures_api, openapi

sys.stdout.write(openapi.described(figures_api.OPERATIONS))
