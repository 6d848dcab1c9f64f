"""Say what a browser may do with our answers: the content security policy, and the headers that go with it.

Nothing is fetched from elsewhere and no script stands in a page, so whatever a citizen's mail smuggles in does nothing.
"""

OF_A_MAIL = "sandbox allow-popups; default-src 'none'; style-src 'self'; frame-ancestors 'self'"
"""For a citizen's HTML in the frame of our page: our style sheet, links to new windows, nothing else."""
OF_A_DOWNLOAD = "sandbox; default-src 'none'"
"""For bytes as a citizen sent them: should a browser show them after all, nothing in them runs."""


def of_a_page(ancestors: str = "'none'", forms: str = "'self'") -> str:
    """Return the policy of a page of ours; `ancestors` may frame it, and its forms lead to `forms`."""
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
        f"frame-src 'self'; form-action {forms}; base-uri 'none'; frame-ancestors {ancestors}"
    )


def headers(ancestors: str = "'none'", forms: str = "'self'") -> dict[str, str]:
    """Security headers for every answer; an answer with a policy of its own keeps it."""
    return {
        "Content-Security-Policy": of_a_page(ancestors, forms),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY" if ancestors == "'none'" else "SAMEORIGIN",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    }
