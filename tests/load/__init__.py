"""A town of real size, and what its pages take: 5,000 open and 200,000 closed enquiries, six mailboxes, twenty visitators."""
