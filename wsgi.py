"""For the site's own web server: settings → app."""

from app import private
from app.commands import homes
from app.container import Container
from app.environment import SECRETS, read_settings
from app.services.platform import first_run
from app.web.platform.factory import create_app

private.from_now_on()
settings = read_settings()
private.forget(*SECRETS)
homes.refuse_demo(settings)
container = Container.build(settings)
homes.refuse_lost_mailboxes(container)
first_run.prepare(container.engine, settings.home)
application = create_app(container)
