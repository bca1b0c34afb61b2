{
    "name": "eCommerce Order Management",
    "summary": "Web orders assigned, reminded, delivered, announced and invoiced by themselves",
    "version": "19.0.1.0.0",
    "category": "Website/Website",
    "author": "eCommerce Order Management maintainers",
    "license": "LGPL-3",
    "application": True,
    "depends": [
        "website_sale_stock",
        "account_payment",
    ],
    "data": [
        "data/ir_cron_data.xml",
        "views/sale_order_views.xml",
        "views/stock_picking_views.xml",
        "views/res_config_settings_views.xml",
    ],
    "demo": [
        "demo/res_partner_demo.xml",
        "demo/shop_demo.xml",
        "demo/sale_order_demo.xml",
        "demo/cart_demo.xml",
    ],
    "pre_init_hook": "pre_init_hook",
    "post_init_hook": "post_init_hook",
}
