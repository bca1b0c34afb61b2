from . import (
    base_partner_merge,
    sale_order_confirm_unpaid,
    sale_order_payment_received,
    sale_order_refund,
    sale_order_return_decision,
    stock_picking_hold,
    website_cart_recovery_effect,
)
