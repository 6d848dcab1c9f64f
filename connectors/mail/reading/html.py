"""HTML of strangers, as text and as harmless HTML. The text is what a person would have seen."""

import html as entities
import re

import nh3
from inscriptis import Inscriptis
from inscriptis.css_profiles import CSS_PROFILES
from inscriptis.model.config import ParserConfig
from lxml import etree
from lxml import html as lxml_html

from connectors.mail.reading import hiding

TAGS = frozenset(
    "a abbr b blockquote br caption center code dd del div dl dt em h1 h2 h3 h4 h5 h6 hr i ins li ol p pre q s small"  # noqa: SIM905
    " span strike strong sub sup table tbody td tfoot th thead tr tt u ul".split()
)
EMBEDDED = re.compile(r"data:[\w/+.-]{1,100};base64,[A-Za-z0-9+/=%\s]+")
BLOCK = re.compile(r"<(?:br|/p|/div|/tr|/li|/h[1-6])\b[^<>]{0,200}>", re.IGNORECASE)
TAG = re.compile(r"<[^<>]{0,2000}>")
META = re.compile(
    rb"<meta\b[^>]{0,300}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})|<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([\w.:-]{1,40})",
    re.IGNORECASE,
)
META_BYTES = 8_192
PAGE = re.compile(r"\s*(?:<!--.{0,200}?-->\s*)?<(?:!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL)
WHOLE_LINK = re.compile(r"(?:https?://[^\s/\\?#]|mailto:)", re.IGNORECASE)
BLANKS = re.compile(r"[ \t]{3,}")
INVISIBLE = (("<!--", "-->"), ("<script", "</script"), ("<style", "</style"))
CONFIG = ParserConfig(css=CSS_PROFILES["strict"], display_images=False, display_links=False)


def charset(source: bytes) -> str | None:
    """Return the charset that a page names itself."""
    found = META.search(source[:META_BYTES])
    return (found[1] or found[2]).decode("ascii") if found else None


def squeeze(source: str) -> str:
    """Remove the pictures written into a page. As megabytes, they would push its words beyond the limit."""
    return EMBEDDED.sub("", source)


def is_page(text: str) -> bool:
    """Tell whether a text is a page. Whatever its part calls it."""
    return PAGE.match(text) is not None


def to_text(source: str, limit: int) -> str:
    """Return the text of a page that a reader sees.

    No hidden text, no script, tables as columns. Large or broken HTML only loses its tags.
    """
    if len(source) <= limit:
        try:
            return _rendered(source)
        except (etree.LxmlError, ValueError, RecursionError, AssertionError, LookupError, AttributeError):
            pass
    seen = source[:limit]
    for opening, closing in INVISIBLE:
        seen = _without(seen, opening, closing)
    return BLANKS.sub("  ", entities.unescape(TAG.sub(" ", BLOCK.sub("\n", seen)))).strip()


def _rendered(source: str) -> str:
    parser = lxml_html.HTMLParser(encoding="utf-8", huge_tree=True)
    tree = lxml_html.fromstring(source.encode("utf-8", "replace"), parser=parser)
    if any(fault.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT for fault in parser.error_log):
        # The parser left out what lies deeper; silence here would be text that nobody reads.
        raise RecursionError
    hiding.drop_unseen(tree)
    return str(Inscriptis(tree, CONFIG).get_text()).strip()


def _without(source: str, opening: str, closing: str) -> str:
    """Cut out all text between two marks. In one pass: a regular expression would take hours on many open marks."""
    lower, kept, position = source.lower(), [], 0
    while (start := lower.find(opening, position)) >= 0:
        kept.append(source[position:start])
        end = lower.find(closing, start)
        if end < 0:
            return "".join(kept)
        position = end + len(closing)
    return "".join(kept) + source[position:]


def sanitise(source: str) -> str:
    """Return a harmless fragment of HTML. No script, style, picture, form or any address that is fetched by itself."""
    return str(
        nh3.clean(
            source,
            tags=set(TAGS),
            clean_content_tags={"script", "style", "title"},
            attributes={"*": set(), "a": {"href"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}},
            url_schemes={"http", "https", "mailto"},
            attribute_filter=_leads_out,
            link_rel="noopener noreferrer nofollow",
            set_tag_attribute_values={"a": {"target": "_blank"}},
        )
    )


def _leads_out(tag: str, name: str, value: str) -> str | None:
    """Return a link's target if it is complete. Any other would lead into whatever house shows the mail."""
    return value if (tag, name) != ("a", "href") or WHOLE_LINK.match(value) else None


def as_html(text: str) -> str:
    """Return plain text as HTML that shows it unchanged."""
    return f"<pre>{entities.escape(text)}</pre>"
