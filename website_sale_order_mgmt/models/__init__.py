from . import (
    payment_transaction,
    res_company,
    sale_order,
    sale_order_assignment,
    sale_order_cart_recovery,
    sale_order_invoicing,
    stock_picking,
    website_cart_recovery,
)
