from . import cart, order_status, payment
