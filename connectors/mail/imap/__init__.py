"""Mail over IMAP and SMTP: Dovecot, Cyrus, and whatever else speaks both."""
