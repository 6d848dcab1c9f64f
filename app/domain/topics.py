"""Say how many must have written of something before it is counted, named or compared."""

FEWEST_VOICES = 5
"""Senders of a quarter, or of the one it is compared with. A word that fewer wrote may be a name, and is stored nowhere."""
LEAST_VOICES = 20
"""Senders that both quarters must have before their words are compared."""
QUARTERS = 9
"""Quarters that are counted: two years and the present one."""
