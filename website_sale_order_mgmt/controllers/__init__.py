from . import cart, cart_recovery_consent, cart_recovery_optout, order_status, payment
