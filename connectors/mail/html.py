"""HTML of strangers: as text that a person would have seen, and as HTML that can do nothing."""

import html as entities
import re

import nh3
from inscriptis import get_text
from inscriptis.css_profiles import CSS_PROFILES
from inscriptis.model.config import ParserConfig
from lxml import etree
from lxml import html as lxml_html

TAGS = frozenset(
    "a abbr b blockquote br caption center code dd del div dl dt em h1 h2 h3 h4 h5 h6 hr i ins li ol p pre q s small"  # noqa: SIM905
    " span strike strong sub sup table tbody td tfoot th thead tr tt u ul".split()
)
UNSEEN = frozenset(
    "script style head title template noscript svg math object embed applet iframe form select".split()  # noqa: SIM905
)
HIDING = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0(?:\.0+)?\s*(?:;|$)|font-size\s*:\s*0|mso-hide\s*:\s*all"
    r"|(?<![-\w])color\s*:\s*(?:#fff(?:fff)?\b|white\b)|max-height\s*:\s*0",
    re.IGNORECASE,
)
BLOCK = re.compile(r"<(?:br|/p|/div|/tr|/li|/h[1-6])\b[^<>]{0,200}>", re.IGNORECASE)
TAG = re.compile(r"<[^<>]{0,2000}>")
INVISIBLE = (("<!--", "-->"), ("<script", "</script"), ("<style", "</style"))
CONFIG = ParserConfig(css=CSS_PROFILES["relaxed"], display_images=False, display_links=False)


def to_text(source: str, limit: int) -> str:
    """What a reader sees: no hidden text, no script, tables as columns. Large or broken HTML only loses its tags."""
    if len(source) <= limit:
        try:
            tree = lxml_html.fromstring(
                source.encode("utf-8", "replace"), parser=lxml_html.HTMLParser(encoding="utf-8")
            )
            _drop_unseen(tree)
            return str(get_text(lxml_html.tostring(tree, encoding="unicode"), CONFIG)).strip()
        except (etree.LxmlError, ValueError, RecursionError, AssertionError, IndexError, KeyError, AttributeError):
            pass
    seen = source[:limit]
    for opening, closing in INVISIBLE:
        seen = _without(seen, opening, closing)
    return entities.unescape(TAG.sub(" ", BLOCK.sub("\n", seen))).strip()


def _without(source: str, opening: str, closing: str) -> str:
    """Cut out what stands between two marks, in one pass: a regular expression would take hours on many open marks."""
    lower, kept, position = source.lower(), [], 0
    while (start := lower.find(opening, position)) >= 0:
        kept.append(source[position:start])
        end = lower.find(closing, start)
        if end < 0:
            return "".join(kept)
        position = end + len(closing)
    return "".join(kept) + source[position:]


def _drop_unseen(tree: lxml_html.HtmlElement) -> None:
    for element in list(tree.iter()):
        hidden = not isinstance(element.tag, str) or element.tag in UNSEEN or element.get("hidden") is not None
        if (hidden or HIDING.search(element.get("style") or "")) and element.getparent() is not None:
            element.drop_tree()


def sanitise(source: str) -> str:
    """A fragment without script, style, picture, form or any address that is fetched by itself."""
    return str(
        nh3.clean(
            source,
            tags=set(TAGS),
            attributes={"a": {"href"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}},
            url_schemes={"http", "https", "mailto"},
            link_rel="noopener noreferrer nofollow",
            set_tag_attribute_values={"a": {"target": "_blank"}},
        )
    )
