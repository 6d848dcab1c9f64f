"""An address is whole or none: never a part of one, never a name that looks like one."""

import time
from email.header import decode_header, make_header

import pytest

from connectors.mail import addresses
from connectors.mail.addresses import Named
from connectors.mail.reading.mime import parse


def decoded(text: str) -> str:
    return str(make_header(decode_header(text)))


@pytest.mark.parametrize(("text", "name", "whole"), [
    ("Søren Tænksom <søren@borger.example.org>", "Søren Tænksom", "søren@borger.example.org"),
    ("Anna Fabel <anna@blåbær.example.org>", "Anna Fabel", "anna@blåbær.example.org"),
    ("anna@xn--blbr-roah.example.org", "", "anna@blåbær.example.org"),
    ("Ødegård <ødegård+nr.7@ærø.example.org>", "Ødegård", "ødegård+nr.7@ærø.example.org"),
    ("用户 <用户@例子.example.org>", "用户", "用户@例子.example.org"),
    ('"Fabel, Anna (privat)" <anna@example.org>', "Fabel, Anna (privat)", "anna@example.org"),
    ('"anna@example.org" <b@example.net>', "anna@example.org", "b@example.net"),
    ("anna@example.org <b@example.net>", "anna@example.org", "b@example.net"),
    ("anna@example.org <anna@example.org>", "", "anna@example.org"),
    ("=?utf-8?Q?Fabel,_Anna?= <anna@example.org>", "Fabel, Anna", "anna@example.org"),
    ("=?utf-8?q?Anna_<anna=40example.org>?=", "Anna", "anna@example.org"),
    ("<=?utf-8?q?anna=40example.org?=>", "", "anna@example.org"),
    ('"Anna <anna@example.org>"', "Anna", "anna@example.org"),
    ("(ude (i dag)) anna@example.org (Anna)", "ude (i dag) Anna", "anna@example.org"),
    ("anna(hjemme)@example.org", "hjemme", "anna@example.org"),
    ('"anna fabel"@example.org', "", '"anna fabel"@example.org'),
    ('<"anna, fabel"@example.org>', "", '"anna, fabel"@example.org'),
    ('"anna"@example.org', "", "anna@example.org"),
    ('"a@b"@example.org', "", '"a@b"@example.org'),
    ("<@relæ.example.org,@b.example.org:anna@example.org>", "", "anna@example.org"),
    ("Anna <mailto:anna@example.org>", "Anna", "anna@example.org"),
    ("Anna <anna@example.org", "Anna", "anna@example.org"),
    ("anna@example.org>", "", "anna@example.org"),
    ("<anna@example.org.>", "", "anna@example.org"),
    ("anna @ example.org", "", "anna@example.org"),
    ("\u200eanna@example.org\u200f", "", "anna@example.org"),
    ("Gruppe: Anna <anna@example.org>;", "Anna", "anna@example.org"),
    ("Anna <anna> <anna@example.org>", "Anna", "anna@example.org"),
    ("anna@[192.0.2.1]", "", "anna@[192.0.2.1]"),
    ("o'hara&sønner=a/s@example.org", "", "o'hara&sønner=a/s@example.org"),
])  # fmt: skip
def test_an_address_is_read_whole(text: str, name: str, whole: str) -> None:
    assert addresses.listed(text, decoded) == (Named(name, whole),)


@pytest.mark.parametrize("text", [
    "anna fabel@example.org",
    "<anna fabel@example.org>",
    "Anna anna@example.org>",
    "<an\u200bna@example.org>",
    "<anna@exam\xadple.org>",
    "<anna\u202e@example.org>",
    "<anna@example.org> <bo@example.org>",
    "<anna@example.org> bo@example.org",
    "anna@example.org bo@example.org",
    "=?utf-8?B?c8O4cmVu?=@example.org",
    "=?utf-8?q?x=40example.net=3e?=@example.org",
    "anna..fabel@example.org",
    ".anna@example.org",
    "anna.@example.org",
    "anna@@example.org",
    "anna@bo@example.org",
    "anna@example..org",
    "anna@-example.org",
    "anna@example.org:25",
    "anna",
    "anna@",
    "@example.org",
    "anna (snabela) example.org",
    "s\ufffdren@example.org",
    "anna@" + "x" * 250 + ".org",
    "undisclosed-recipients:;",
    '"Anna" <>',
])  # fmt: skip
def test_what_is_not_surely_an_address_is_none(text: str) -> None:
    assert [each.address for each in addresses.listed(text, decoded) if each.address] == []
    assert addresses.typed(text) is None


@pytest.mark.parametrize(("text", "expected"), [
    ("a@example.org, b@example.org", ["a@example.org", "b@example.org"]),
    ("Fabel; Anna <a@example.org>; b@example.org;", ["", "a@example.org", "b@example.org"]),
    ('"A; B" <a@example.org>;"C, D" <b@example.org>', ["a@example.org", "b@example.org"]),
    ("Hold: a@example.org, Bo <b@example.org>; c@example.org", ["a@example.org", "b@example.org", "c@example.org"]),
    ("A <a@example.org, B <b@example.org>", ["a@example.org", "b@example.org"]),
    ("a b@example.org, c@example.org", ["", "c@example.org"]),
    ("søren@example.org,\r\n\tbo@blåbær.example.org", ["søren@example.org", "bo@blåbær.example.org"]),
])  # fmt: skip
def test_several_are_told_apart(text: str, expected: list[str]) -> None:
    assert [each.address for each in addresses.listed(text, decoded)] == expected


@pytest.mark.parametrize(("typed", "expected"), [
    ("  Anna@Example.org ", "Anna@Example.org"),
    ("mailto:anna@example.org?subject=Hej", "anna@example.org"),
    ("mailto:s%C3%B8ren@example.org", "søren@example.org"),
    ("anna@example.org<mailto:anna@example.org>", "anna@example.org"),
    ("Anna Fabel <anna@example.org>;", "anna@example.org"),
    ("anna@example.org, bo@example.org", None),
])  # fmt: skip
def test_what_people_type(typed: str, expected: str | None) -> None:
    assert addresses.typed(typed) == expected


@pytest.mark.parametrize(("one", "other"), [
    ("Dorte@Borger.example.org", "dorte@borger.example.org"),
    ("anna@BLÅBÆR.example.org", "anna@xn--blbr-roah.example.org"),
    ("SØREN@example.org", "søren@example.org"),
    ("so\u0308ren@example.org", "s\xf6ren@example.org"),
    ('"anna"@example.org', "anna@example.org."),
])  # fmt: skip
def test_addresses_compare_without_case_and_as_the_wire_has_them(one: str, other: str) -> None:
    assert addresses.same(one, other)
    assert addresses.key(one) == addresses.key(other)


def test_nobody_is_the_same_as_nobody() -> None:
    assert not addresses.same("", "")


def test_only_letters_before_the_at_need_smtputf8() -> None:
    assert addresses.needs_smtputf8("søren@example.org")
    assert not addresses.needs_smtputf8("anna@blåbær.example.org")
    assert addresses.on_wire("anna@blåbær.example.org") == "anna@xn--blbr-roah.example.org"
    assert addresses.on_wire("søren@blåbær.example.org") == "søren@blåbær.example.org"


@pytest.mark.parametrize("flood", [
    "(" * 60_000, "(" * 30_000 + ")" * 30_000, '"' * 60_001, '"\\' * 30_000, "<" * 60_000, '<"' * 30_000,
    '<"\\' * 20_000, "=?a?q?" * 10_000, "<@a" * 20_000, "<@a" + ",@a" * 20_000 + ">", " @" * 30_000, "," * 60_000,
])  # fmt: skip
def test_a_flood_costs_little(flood: str) -> None:
    started = time.process_time()
    addresses.listed(flood)
    assert time.process_time() - started < 5


HEAD = b"Subject: x\r\n"


@pytest.mark.parametrize(("head", "expected"), [
    (b"From: \"S\xc3\xb8ren\" <s\xc3\xb8ren@borger.example.org>\r\n", "søren@borger.example.org"),
    (b"From: S\xf8ren <s\xf8ren@borger.example.org>\r\n", "søren@borger.example.org"),
    (b"Sender: Lis <lis@example.org>\r\nReply-To: lis@example.org\r\n", "lis@example.org"),
    (b"From: Hjemmesiden\r\nSender: lis@example.org\r\n", "lis@example.org"),
    (b"Reply-To: lis@example.org\r\n", "lis@example.org"),
    (b"Return-Path: <lis@example.org>\r\n", "lis@example.org"),
    (b"From: a@example.org\r\nFrom: A <A@example.org>\r\n", "A@example.org"),
    (b"From: a@example.org\r\nFrom: b@example.org\r\n", ""),
    (b"From: a@example.org, b@example.org\r\nSender: B <b@example.org>\r\n", "b@example.org"),
    (b"From: nogen et sted\r\n", ""),
    (b"From: a" + b"\xc3\xa6" * 6_000 + b"@example.org\r\n", ""),
])  # fmt: skip
def test_who_wrote_a_mail(head: bytes, expected: str) -> None:
    assert parse(HEAD + head + b"\r\nx").sender_address == expected


def test_recipients_are_whole() -> None:
    head = 'To: Søren <søren@example.org>; Bo\r\n <bo@blåbær.example.org>\r\nCc: "a@b" <c@example.org>\r\n'
    assert parse(head.encode() + b"\r\nx").recipients == (
        "søren@example.org", "bo@blåbær.example.org", "c@example.org",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("<bo@example.org>: no such user", ["bo@example.org"]),
        ("To 'bo@example.org', (ida@example.org); og *per@example.org*.", "bo ida per"),
        ("Kan ikke leveres til bo@example.org. Prøv igen!", ["bo@example.org"]),
        ("Er det bo@example.org? Nej, ida@example.org!", "bo ida"),
        ("jørgen@børger.example.org", ["jørgen@børger.example.org"]),
        ("bo@xn--brger-bya.example.org", ["bo@xn--brger-bya.example.org"]),
        ("@example.org, bo@, bo..bo@example.org, bo@-.org og slet ingen", []),
        ("", []),
    ],
)
def test_addresses_in_running_text_are_whole(text: str, found: list[str] | str) -> None:
    expected = [f"{each}@example.org" for each in found.split()] if isinstance(found, str) else found
    assert addresses.in_text(text) == expected


def test_a_letter_to_nobody_in_brackets_stays_a_name() -> None:
    assert addresses.in_angles("Bo [EKSTERN] [mailto:bo@example.org]") == "Bo [EKSTERN] <mailto:bo@example.org>"
    (named,) = addresses.listed(addresses.in_angles("Bo Prøve [bo@example.org]"))
    assert (named.name, named.address) == ("Bo Prøve", "bo@example.org")
