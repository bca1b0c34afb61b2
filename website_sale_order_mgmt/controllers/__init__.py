from . import (
    cart,
    cart_recovery_consent,
    cart_recovery_optout,
    order_paid_instead,
    order_status,
    payment,
    order_status,
    payment,
    withdrawal,
    order_status,
    payment,
    returns,
)
