"""The style sheets inside a page. Which declarations hold for an element.

Selectors of tags, classes, ids and attributes, below one another; selectors that depend on the pointer, the neighbours
or a small screen do not count. That is all that mail programs agree on, too.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from lxml.html import HtmlElement

COMMENT = re.compile(r"/\*.*?\*/|<!--|-->", re.DOTALL)
BRACE = re.compile(r"[{}]")
COMPOUND = re.compile(r"(\*|[a-zA-Z][\w-]*)?((?:[.#][\w-]+|\[[^\]]*\])*)")
SIMPLE = re.compile(r"([.#])([\w-]+)|\[\s*([\w-]+)\s*(?:(~?=)\s*[\"']?([^\"'\]]*)[\"']?\s*)?\]")
STEP = re.compile(r"(?:\[[^\]]*\]|[^\s\[])+")
CHILD = re.compile(r"\s*>\s*")
WIDE_SCREEN = re.compile(r"@media[^()]*(?:\(\s*min-width[^()]*\)[^()]*)*")
STYLE_CHARS = 200_000
RULES = 5_000
ANCESTORS = 40
IMPORTANT = "!important"

Declarations = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Compound:
    """The conditions on one element. `tests` are (attribute, how, value)."""

    tag: str
    tests: tuple[tuple[str, str, str], ...]
    parent_only: bool = False
    """The compound on its right stands directly in it."""

    def fits(self, element: HtmlElement) -> bool:
        """Tell whether an element fits the conditions."""
        if self.tag not in ("", "*", element.tag):
            return False
        return all(_holds(element.get(name), how, value) for name, how, value in self.tests)


def _holds(given: str | None, how: str, value: str) -> bool:
    if given is None:
        return False
    if how == "~=":
        return value in given.split()
    return not how or given == value


@dataclass(frozen=True, slots=True)
class StyleRule:
    """The declarations for a selector's elements. The last compound is the element itself."""

    compounds: tuple[Compound, ...]
    weight: tuple[int, int, int, int]
    declarations: Declarations

    def fits(self, element: HtmlElement) -> bool:
        """Tell whether the rule holds for an element."""
        if not self.compounds[-1].fits(element):
            return False
        above, steps = element.getparent(), ANCESTORS
        for compound in reversed(self.compounds[:-1]):
            while above is not None and steps and not compound.fits(above):
                if compound.parent_only:
                    return False
                above, steps = above.getparent(), steps - 1
            if above is None or not steps:
                return False
            above = above.getparent()
        return True


class Styles:
    """The declarations of every element of a page. By style sheets, and by the element itself."""

    def __init__(self, sheets: Iterable[str]) -> None:
        self._rules: dict[str, list[StyleRule]] = defaultdict(list)
        self._known: dict[HtmlElement, Declarations] = {}
        for rule in _rules("\n".join(sheets)[:STYLE_CHARS]):
            self._rules[_key(rule.compounds[-1])].append(rule)

    def of(self, element: HtmlElement) -> Declarations:
        """Return an element's declarations, as the cascade has them.

        Property → value, in lower case and without blanks.
        """
        found = self._known.get(element)
        if found is None:
            found = self._known[element] = self._cascaded(element)
        return found

    def _cascaded(self, element: HtmlElement) -> Declarations:
        own = declared(element.get("style") or "")
        if not self._rules:
            return {name: value.removesuffix(IMPORTANT) for name, value in own.items()}
        keys = (
            element.tag,
            "*",
            f"#{element.get('id')}",
            *(f".{each}" for each in (element.get("class") or "").split()),
        )
        rules = [rule for key in dict.fromkeys(keys) for rule in self._rules.get(key, ()) if rule.fits(element)]
        layers = [rule.declarations for rule in sorted(rules, key=lambda rule: rule.weight)] + [own]
        plain: dict[str, str] = {}
        pressing: dict[str, str] = {}
        for layer in layers:
            for name, value in layer.items():
                kind = pressing if value.endswith(IMPORTANT) else plain
                kind[name] = value.removesuffix(IMPORTANT)
        return plain | pressing


def declared(source: str) -> Declarations:
    """Return the declarations in a block. Between two braces, or in a style attribute."""
    if not source:
        return {}
    pairs = (part.partition(":") for part in "".join(COMMENT.sub("", source).lower().split()).split(";"))
    return {name: value for name, _, value in pairs if name and value}


def _rules(css: str) -> Iterator[StyleRule]:
    css = COMMENT.sub(" ", css)
    above: list[str] = []
    start = number = 0
    for brace in BRACE.finditer(css):
        piece, start = css[start : brace.start()], brace.end()
        if brace[0] == "{":
            above.append(piece.rpartition(";")[2].strip())
        elif above:
            head = above.pop()
            if head.startswith("@") or not all(map(_applies, above)):
                continue
            declarations = declared(piece)
            for selector in head.split(",") if declarations else ():
                number += 1
                if number > RULES:
                    return
                if rule := _rule(selector.strip(), number, declarations):
                    yield rule


def _applies(head: str) -> bool:
    """Tell whether an at-rule holds on a desk's screen."""
    head = head.lower()
    if head.startswith("@media"):
        return WIDE_SCREEN.fullmatch(head) is not None and "print" not in head and "not " not in head
    return head.startswith(("@supports", "@layer"))


def _rule(selector: str, number: int, declarations: Declarations) -> StyleRule | None:
    """None for a selector that this house does not follow."""
    if not selector or any(letter in selector.replace("~=", "=") for letter in ":+~\\"):
        return None
    compounds = []
    for word in STEP.findall(CHILD.sub("> ", selector)):
        compound = _compound(word.removesuffix(">"), parent_only=word.endswith(">"))
        if compound is None:
            return None
        compounds.append(compound)
    tests = [test for compound in compounds for test in compound.tests]
    ids = sum(name == "id" for name, _, _ in tests)
    tags = sum(compound.tag not in ("", "*") for compound in compounds)
    return StyleRule(tuple(compounds), (ids, len(tests) - ids, tags, number), declarations)


def _compound(word: str, *, parent_only: bool) -> Compound | None:
    found = COMPOUND.fullmatch(word)
    if found is None or not word:
        return None
    tests = tuple(
        ({".": "class", "#": "id"}[each[1]], "~=", each[2])
        if each[1]
        else (each[3].lower(), each[4] or "", each[5] or "")
        for each in SIMPLE.finditer(found[2])
    )
    return Compound((found[1] or "").lower(), tests, parent_only)


def _key(compound: Compound) -> str:
    """Return the key a rule is looked up by. An id or a class that its element must have, else its tag."""
    for mark, attribute in (("#", "id"), (".", "class")):
        for name, how, value in compound.tests:
            if name == attribute and how:
                return f"{mark}{value}" if how == "~=" or " " not in value else "*"
    return compound.tag or "*"
