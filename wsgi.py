"""For the site's own web server: settings → app."""

from app import private
from app.config import Settings
from app.container import Container
from app.web.factory import create_app

private.from_now_on()
application = create_app(Container.build(Settings.from_env()))
