"""Who a mail reaches: pure functions, no database."""

from odoo.tools.mail import email_normalize, email_split_and_format


def without_duplicates(email_to: str, recipients: list[str]) -> str:
    """Drop from `email_to` the addresses that a mail's recipients already stand for.

    Core sends one mail for `email_to` and one more for each recipient: a template that has both
    reaches the same person twice (`mail.template.use_default_to` together with `email_to`).

    :param email_to: the addresses as written in the mail, separated by commas; may be empty
    :param recipients: the e-mail addresses of the contacts that the mail is sent to
    :return: `email_to` without those addresses and without repetitions
    """
    seen = {email_normalize(email) for email in recipients}
    kept = []
    for address in email_split_and_format(email_to or ""):
        normalized = email_normalize(address)
        if normalized not in seen:
            seen.add(normalized)
            kept.append(address)
    return ", ".join(kept)
