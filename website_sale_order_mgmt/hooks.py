"""What happens once, when the addon is installed."""


def post_init_hook(env):
    """Start the delivery mails' cron where Inventory's Email Confirmation is already on.

    :param odoo.api.Environment env: the environment of the installation
    """
    env["res.company"]._toggle_delivery_mail_cron()
