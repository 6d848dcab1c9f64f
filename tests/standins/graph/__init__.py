"""A mail server that speaks Microsoft Graph, in the test process, with Exchange Online's peculiarities and limits."""
