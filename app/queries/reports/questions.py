"""List what is counted of whole days and months before a page asks for it."""

from app.queries.reports import accuracy, benefit, counted, punctuality
from app.queries.triage import decision_times

QUESTIONS = (*counted.QUESTIONS, benefit.WORK, punctuality.LAG, accuracy.REVIEWED, decision_times.DECISIONS)
