from . import order_status, payment
