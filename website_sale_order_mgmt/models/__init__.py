from . import (
    account_move,
    payment_transaction,
    res_company,
    sale_order,
    sale_order_assignment,
    sale_order_cart_recovery,
    sale_order_invoicing,
    sale_order_status,
    stock_picking,
    website_cart_recovery,
)
