from . import base_partner_merge, website_cart_recovery_effect
from . import stock_picking_hold, website_cart_recovery_effect
