from . import (
    address,
    cart,
    cart_recovery_consent,
    cart_recovery_optout,
    my_returns,
    order_invoice,
    order_paid_instead,
    order_status,
    payment,
    returns,
    withdrawal,
)
