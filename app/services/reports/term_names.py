"""Call a word by how most people write it, and by nothing where it may be somebody's name.

Words are kept as salted hashes only; how one is written is read again from a few of the mails that have it.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import content_words
from app.domain.content_words import Case
from app.domain.topics import FEWEST_VOICES
from app.models.enquiry import Enquiry
from app.services.reports import mail_words
from learning.salt import Salt
from learning.text import clean_written
from learning.topics import NONE, Ints, Mails

READ_FOR_A_NAME = 25
"""Senders whose mails are read for how a word is written."""
LEAST_PLAIN = 2
"""Senders, among those that are read, who must write a word in lower case inside a sentence: names have a capital."""


@dataclass(frozen=True)
class Known:
    """Of each word some mails of different senders, and how many mails have it as a word and as a name."""

    mails: dict[int, Ints]
    as_word: Counter[int]
    as_name: Counter[int]


def known_of(mails: Sequence[Mails]) -> Known:
    """Return what is known of the words that enough senders wrote; of each, the first mails of different senders."""
    enquiries = np.concatenate([NONE, *(each.enquiries[each.words[0]] for each in mails)])
    voices = np.concatenate([NONE, *(each.voices[each.words[0]] for each in mails)])
    words = np.concatenate([NONE, *(each.words[1] for each in mails)])
    order = np.lexsort((enquiries, voices, words))
    ordered = words[order], voices[order]
    first = order[
        np.append(True, (ordered[0][1:] != ordered[0][:-1]) | (ordered[1][1:] != ordered[1][:-1]))[: len(order)]
    ]
    first = first[np.lexsort((enquiries[first], words[first]))]
    found, starts = np.unique(words[first], return_index=True)
    ends = [*starts[1:].tolist(), len(first)]
    return Known(
        {
            word: enquiries[first[start : min(end, start + READ_FOR_A_NAME)]]
            for word, start, end in zip(found.tolist(), starts.tolist(), ends, strict=False)
            if end - start >= FEWEST_VOICES
        },
        Counter(words.tolist()),
        Counter(np.concatenate([NONE, *(each.names for each in mails)]).tolist()),
    )


def written(session: Session, salt: Salt, word: int, known: Known) -> str:
    """Return how most senders write a word; "" where it may be somebody's name."""
    forms, plain = Counter[str](), 0
    ids = known.mails.get(word, NONE).tolist()
    query = select(Enquiry.id, Enquiry.subject, Enquiry.text, *mail_words.PEOPLE).where(Enquiry.id.in_(ids))
    for mail in session.execute(query.order_by(Enquiry.id)):
        words = content_words.words_of(*clean_written(mail.subject, mail.text), mail[3:])
        for each in (each for key, each in words.items() if salt.number(key) == word):
            forms[each.form] += 1
            plain += each.case is Case.WORD
    if plain < LEAST_PLAIN or known.as_name[word] >= known.as_word[word]:
        return ""
    return min(forms, key=lambda form: (-forms[form], len(form), form))
