"""Values that more than one file needs."""

STAFF = "base.group_user"  # Customers read what concerns them on their pages, not in these fields.
