from . import base_partner_merge, website_cart_recovery_effect
