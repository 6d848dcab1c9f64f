"""Removal of text in HTML that no reader sees.

Such text must neither be read as the mail's words nor teach anything.
"""

import re

from lxml.html import HtmlElement

from connectors.mail.reading.stylesheet import Declarations, Styles

UNSEEN = frozenset(
    "script style head title template noscript svg math object embed applet iframe select".split()  # noqa: SIM905
)
NUMBER = re.compile(r"-?\d*\.?\d+")
WHITE = frozenset(("#fff", "#ffffff", "white", "rgb(255,255,255)", "rgba(255,255,255,1)"))
NO_COLOUR = WHITE | {""}
FAR = -900.0
"""Pixels to the left of, or above, the page."""
ANCESTORS = 40


def drop_unseen(tree: HtmlElement) -> None:
    """Remove unseen elements from a page, in place. The text behind them stays."""
    styles = Styles(sheet.text or "" for sheet in tree.iter("style"))
    for element in list(tree.iter()):
        if element.getparent() is not None and (not isinstance(element.tag, str) or _hidden(element, styles)):
            element.drop_tree()


def _hidden(element: HtmlElement, styles: Styles) -> bool:
    if element.tag in UNSEEN or element.get("hidden") is not None:
        return True
    style = styles.of(element)
    if style and (_switched_off(style) or _too_small(element, styles) or _off_page(style)):
        return True
    return _white(element, styles)


def _switched_off(style: Declarations) -> bool:
    return (
        style.get("display") == "none"
        or style.get("visibility") in ("hidden", "collapse")
        or style.get("mso-hide") == "all"
        or style.get("color") == "transparent"
        or _number(style, "opacity", 1) == 0
    )


def _too_small(element: HtmlElement, styles: Styles) -> bool:
    """No room to be seen in. Mail templates set the outer font to 0 and the inner one to what is read."""
    style = styles.of(element)
    if style.get("overflow") == "hidden" and 0 in (
        _number(style, name, 1) for name in ("height", "width", "max-height", "max-width")
    ):
        return True
    size = style.get("font-size", "")
    if not size.endswith(("px", "pt", "0")) or _number(style, "font-size", 12) > 1:
        return False
    return not any(name.startswith("font") for inner in element.iterdescendants("*") for name in styles.of(inner))


def _off_page(style: Declarations) -> bool:
    away = style.get("position") in ("absolute", "fixed")
    names = ("text-indent", "left", "top", "margin-left") if away else ("text-indent", "margin-left")
    return any(_number(style, name, 0) < FAR for name in names)


def _white(element: HtmlElement, styles: Styles) -> bool:
    """Tell whether an element has white letters on white.

    Nobody has coloured the page, and nothing in it is written in another colour.
    """
    if _colour(element, styles) not in WHITE:
        return False
    if any(_colour(inner, styles) not in NO_COLOUR for inner in element.iterdescendants("*")):
        return False
    behind: HtmlElement | None = element
    for _ in range(ANCESTORS):
        if behind is None:
            break
        if ground := _ground(behind, styles):
            return ground in WHITE
        behind = behind.getparent()
    return True


def _colour(element: HtmlElement, styles: Styles) -> str:
    return styles.of(element).get("color") or "".join((element.get("color") or "").lower().split())


def _ground(element: HtmlElement, styles: Styles) -> str:
    """Return the background of an element's text. "" where there is none. A picture counts as dark."""
    style = styles.of(element)
    ground = style.get("background-color") or style.get("background") or style.get("background-image")
    ground = ground or (element.get("bgcolor") or element.get("background") or "").lower().strip()
    return "" if ground in ("", "none", "transparent", "inherit", "initial") else ground


def _number(style: Declarations, name: str, otherwise: float) -> float:
    found = NUMBER.match(style.get(name, ""))
    return float(found.group()) if found else otherwise
