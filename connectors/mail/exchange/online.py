"""Know Exchange Online by its domains. EWS has been blocked there since October 2026, and ends on 1 April 2027."""

DOMAINS = ("office365.com", "office.com", "outlook.com", "office365.us", "outlook.cn", "outlook.de", "microsoft.com")


def is_online(host: str) -> bool:
    """Tell whether a host is one of Exchange Online."""
    return any(host.lower() == each or host.lower().endswith(f".{each}") for each in DOMAINS)
