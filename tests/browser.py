"""A Chromium for stories: found on the machine, told to phone nobody."""

import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.town import PATIENCE

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PATIENCE_MS = PATIENCE * 1000
expect.set_options(timeout=PATIENCE_MS)
FORBIDDEN = """document.addEventListener("securitypolicyviolation", (event) => {
  console.error(`forbidden by policy: ${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}`);
});"""
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@contextmanager
def page(
    browser: Browser, base: str, width: int = 1440, height: int = 900, expected: Iterable[str] = (), **options: object
) -> Iterator[Page]:
    """A page that fails the test on any console error but those with an `expected` word, and on any request elsewhere."""
    context = browser.new_context(viewport={"width": width, "height": height}, base_url=base, **options)  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE_MS)
    opened = context.new_page()
    for name in ("press", "type") if options.get("java_script_enabled", True) else ():
        setattr(opened.keyboard, name, _when_loaded(opened, getattr(opened.keyboard, name)))
    trouble: list[str] = []
    _watch_policy(opened, trouble)
    opened.on("console", lambda m: trouble.append(m.text) if m.type in ("error", "warning") else None)
    opened.on("pageerror", lambda error: trouble.append(str(error)))
    opened.on("request", lambda r: trouble.append(r.url) if not r.url.startswith((base, "data:", "about:")) else None)
    yield opened
    context.close()
    trouble = [text for text in trouble if not any(word in text for word in expected)]
    assert not trouble, trouble


def _watch_policy(opened: Page, trouble: list[str]) -> None:
    """Note what the page's own rules of content forbid: as the page is told of it, and as the browser reports it."""
    opened.context.add_init_script(FORBIDDEN)

    def reported(event: dict[str, Any]) -> None:
        if event["issue"]["code"] == "ContentSecurityPolicyIssue":
            trouble.append(f"forbidden by policy: {event['issue']['details']['contentSecurityPolicyIssueDetails']}")

    report = opened.context.new_cdp_session(opened)
    report.on("Audits.issueAdded", reported)
    report.send("Audits.enable")


TWO_FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


def _when_loaded(opened: Page, act: Callable[[str], None]) -> Callable[[str], None]:
    """A driver's keys can come before the scripts of the page they are meant for, and before the focus it asks for, which
    comes with a frame; a person's fingers do not."""

    def acting(keys: str) -> None:
        opened.wait_for_load_state()
        opened.evaluate(TWO_FRAMES)
        act(keys)

    return acting


def fits(opened: Page) -> bool:
    """No horizontal scroll."""
    return bool(opened.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def triage(opened: Page, expression: str) -> Any:
    """Ask the triage page's own script; `state` is what it knows (static/triage.js)."""
    script = "document.querySelector('script[src*=\"/triage.js\"]').src"
    return opened.evaluate(f"async () => {{ const {{ state }} = await import({script}); return {expression}; }}")


def next_mail_lies_ready(opened: Page) -> bool:
    return bool(triage(opened, "Boolean(state.ahead && state.ahead.node)"))
