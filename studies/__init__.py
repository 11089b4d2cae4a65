"""What the pages read beside adamlib: studies of it, and what they made."""
