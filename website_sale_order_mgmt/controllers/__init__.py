from . import (
    cart,
    cart_recovery_consent,
    cart_recovery_optout,
    order_invoice,
    order_paid_instead,
    order_status,
    payment,
    returns,
    withdrawal,
)
