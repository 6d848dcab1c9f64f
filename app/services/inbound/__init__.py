"""What comes in beside new enquiries: bounces, mail of the house, what was set aside."""
