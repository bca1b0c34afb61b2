from . import (
    test_assignment,
    test_attention,
    test_cart_recovery,
    test_delivery_mail,
    test_double_payment_http,
    test_invoicing,
    test_order_status_http,
    test_order_timeline,
    test_performance,
    test_settings,
    test_status,
    test_tools,
)
